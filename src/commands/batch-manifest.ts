import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { parseLifetime } from '../domain/duration.js';
import { parseMessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { BatchItem } from '../messaging/batch.js';
import { contentTypeOf } from './content-type.js';

/** What holds for every item that does not say otherwise. */
export interface ManifestOptions {
  readonly to?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly expires?: string | undefined;
}

/** An item as a manifest has it, before it is understood, and where it stands there. */
interface Entry {
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const FIELDS = ['path', 'peers', 'type', 'name', 'id', 'cid', 'contentType', 'expires'] as const;
type Field = (typeof FIELDS)[number];

/**
 * The items of a manifest: a JSON array, one JSON object a line, or CSV with a heading. Paths start at
 * the manifest's directory. All of it is understood, or nothing is sent.
 *
 * @throws MsgError `usage` with the item that is wrong, `json-invalid`, `file-not-found`.
 */
export async function itemsOfManifest(
  file: string,
  options: ManifestOptions,
): Promise<readonly BatchItem[]> {
  const text = (await read(file)).replace(/^\uFEFF/, '');
  const entries = extname(file).toLowerCase() === '.csv' ? csvEntries(text) : jsonEntries(text);
  const items = entries.map((entry) => itemOf(entry, dirname(file), options));
  refuseRepeated(items);
  return items;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MsgError('file-not-found', `cannot read ${file}`, {
      hint: 'name a directory, or a manifest in JSON or CSV',
      cause: error,
    });
  }
}

function csvEntries(text: string): Entry[] {
  try {
    const rows: unknown = parseCsv(text, {
      ...{ columns: true, info: true, skip_empty_lines: true, trim: true },
      relax_column_count: false,
    });
    return (rows as { record: Record<string, string>; info: { lines: number } }[]).map(
      ({ record, info }) => ({ at: `line ${info.lines}`, fields: withoutEmpty(record) }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MsgError('usage', `the manifest is no CSV: ${reason}`, { hint: HINT, cause: error });
  }
}

/** A cell that is left empty says nothing. */
function withoutEmpty(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
}

function jsonEntries(text: string): Entry[] {
  if (text.trimStart().startsWith('[')) {
    const values = parseJson(text, 'the manifest');
    if (Array.isArray(values)) {
      return values.map((value, index) => entryOf(value, `item ${index + 1}`));
    }
  }
  return text
    .split('\n')
    .map((line, index) => ({ line, at: `line ${index + 1}` }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, at }) => entryOf(parseJson(line, `${at} of the manifest`), at));
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MsgError('json-invalid', `${what} is not JSON`, { hint: HINT, cause: error });
  }
}

function entryOf(value: unknown, at: string): Entry {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { at, fields: { ...value } };
  }
  throw wrong(at, 'is no object');
}

function itemOf({ at, fields }: Entry, directory: string, options: ManifestOptions): BatchItem {
  const unknown = Object.keys(fields).find((name) => !FIELDS.some((field) => field === name));
  if (unknown !== undefined) throw wrong(at, `has an unknown field ${JSON.stringify(unknown)}`);
  const path = textOf(fields, 'path', at);
  if (path === undefined) throw wrong(at, 'has no path');
  const read = <T>(field: Field, parse: (text: string) => T, preset?: string): T | undefined => {
    const text = textOf(fields, field, at) ?? preset;
    return text === undefined ? undefined : understood(() => parse(text), at);
  };
  const to = understood(() => peersOf(fields['peers'] ?? options.to, at), at);
  const request = {
    ...{ to, name: read('name', String) ?? basename(path) },
    contentType: read('contentType', String) ?? contentTypeOf(path),
    type: read('type', String, options.type),
    id: read('id', parseMessageId),
    cid: read('cid', String),
    expiresIn: read('expires', parseLifetime, options.expires),
  };
  return { file: resolve(directory, path), path, request: defined(request) };
}

function textOf(fields: Entry['fields'], field: Field, at: string): string | undefined {
  const value = fields[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(at, `has a ${field} that is no text`);
}

/** A list, or text with commas, semicolons or blanks between the names. */
function peersOf(value: unknown, at: string): BatchItem['request']['to'] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const names = list.flatMap((one) => (typeof one === 'string' ? one.split(/[\s,;]+/) : [one]));
  const given = names.filter((name) => name !== undefined && name !== '');
  if (given.length === 0) throw wrong(at, 'has no peers, and there is no --to');
  const texts = given.map((name) => {
    if (typeof name !== 'string') throw wrong(at, 'has peers that are no text');
    return parsePeerName(name);
  });
  return [...new Set(texts)];
}

function understood<T>(parse: () => T, at: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof MsgError) || error.message.startsWith('the manifest')) throw error;
    throw wrong(at, `is wrong: ${error.message}`);
  }
}

function refuseRepeated(items: readonly BatchItem[]): void {
  const seen = new Set<string>();
  for (const { request } of items) {
    if (request.id === undefined) continue;
    if (seen.has(request.id)) {
      throw new MsgError('usage', `the manifest uses the id ${request.id} twice`, { hint: HINT });
    }
    seen.add(request.id);
  }
}

function defined<T extends object>(
  fields: T,
): { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
} {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as ReturnType<typeof defined<T>>;
}

const HINT =
  'each item has a path and peers, and may have type, name, id, cid, contentType, expires';

function wrong(at: string, what: string): MsgError {
  return new MsgError('usage', `the manifest's ${at} ${what}; nothing was sent`, { hint: HINT });
}
