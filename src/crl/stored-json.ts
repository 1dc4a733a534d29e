import type { KeptFailure, KeptList } from './list-store.js';

/** The line before a kept list: what it was fetched from and how; undefined when it is not that. */
export function headFrom(text: string, address: string): Omit<KeptList, 'list'> | undefined {
  const head = objectIn(text);
  if (head?.['address'] !== address) return undefined;
  const { fetchedAt, httpLifetime, etag, lastModified } = head;
  const isSound =
    isTime(fetchedAt) &&
    isOptional(httpLifetime, isTime) &&
    isOptional(etag, isText) &&
    isOptional(lastModified, isText);
  return isSound ? { fetchedAt, httpLifetime, validators: { etag, lastModified } } : undefined;
}

/** What is kept about failures; undefined when it is not that. */
export function failureFrom(text: string): KeptFailure | undefined {
  const { at, count, reason } = objectIn(text) ?? {};
  return isTime(at) && isTime(count) && isText(reason) ? { at, count, reason } : undefined;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isOptional<T>(value: unknown, is: (value: unknown) => value is T): value is T | undefined {
  return value === undefined || is(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
