import { visible } from '../terminal/visible.js';

/** Nested values as indented lines, for people; fields without a value are left out. */
export function outline(value: object, indent = ''): string {
  return Object.entries(value)
    .filter(([, field]) => field !== undefined && !(Array.isArray(field) && field.length === 0))
    .map(([key, field]: [string, unknown]) => `${indent}${key}:${fieldText(field, indent)}`)
    .join('\n');
}

function fieldText(field: unknown, indent: string): string {
  if (Array.isArray(field) && field.every((one) => typeof one !== 'object')) {
    return ` ${field.map((one) => visible(String(one))).join(', ')}`;
  }
  if (typeof field === 'object' && field !== null) return `\n${outline(field, `${indent}  `)}`;
  return ` ${visible(String(field))}`;
}
