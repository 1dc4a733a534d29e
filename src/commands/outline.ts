import { visible } from '../terminal/visible.js';

/**
 * Nested values as indented lines, for people. Fields without a value are left out; what a list holds
 * stands on one line where it is plain, and else each begins with a dash.
 */
export function outline(value: object, indent = ''): string {
  return Object.entries(value)
    .filter(([, field]: [string, unknown]) => field !== undefined && !isEmpty(field))
    .map(([key, field]: [string, unknown]) => `${indent}${key}:${fieldText(field, indent)}`)
    .join('\n');
}

/** Several of them, one below the other with a line between; for programs, one JSON object a line. */
export function outlines(shown: readonly object[], { json }: { readonly json: boolean }): string {
  return json
    ? shown.map((one) => `${JSON.stringify(one)}\n`).join('')
    : shown.map((one) => `${outline(one)}\n`).join('\n');
}

function fieldText(field: unknown, indent: string): string {
  if (!isNested(field)) return ` ${visible(String(field))}`;
  if (!Array.isArray(field)) return `\n${outline(field, `${indent}  `)}`;
  return field.some(isNested)
    ? `\n${itemLines(field, `${indent}  `)}`
    : ` ${field.map((one) => visible(String(one))).join(', ')}`;
}

/** Each begins with a dash, the rest of it below its first word. */
function itemLines(items: readonly unknown[], indent: string): string {
  return items.map((item) => `${indent}- ${itemText(item, `${indent}  `)}`).join('\n');
}

function itemText(item: unknown, indent: string): string {
  if (!isNested(item)) return visible(String(item));
  const lines = Array.isArray(item) ? itemLines(item, indent) : outline(item, indent);
  return lines.slice(indent.length);
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: unknown): boolean {
  return isNested(value) && Object.keys(value).length === 0;
}
