import { parseJson } from '../config/json-text.js';
import { parseMessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import type { BatchedMessage } from '../messaging/items/batch-request.js';
import { onwardsFrom, type Line } from './ndjson-lines.js';

const FIELDS = ['id', 'type', 'cid', 'name', 'contentType', 'json', 'text', 'base64'] as const;

/**
 * A line that is the message itself: any JSON value, sent to the last byte as it stands there.
 *
 * @throws MsgError `json-invalid`
 */
export function messageOfLine({ number, bytes }: Line): BatchedMessage {
  parseLine(number, bytes.toString('utf8'));
  return { payload: bytes };
}

/**
 * A line that describes a message: one of `json`, `text` and `base64`, and `id`, `type`, `cid`, `name` and
 * `contentType` of its own.
 *
 * @throws MsgError `json-invalid`, `usage`
 */
export function messageOfItem({ number, bytes }: Line): BatchedMessage {
  const line = bytes.toString('utf8');
  const fields = parseLine(number, line);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw unfit(number, 'is not an object');
  }
  const unknown = Object.keys(fields).find((name) => !FIELDS.some((known) => known === name));
  if (unknown !== undefined) throw unfit(number, `has a field ${JSON.stringify(unknown)}`);
  const text = (name: (typeof FIELDS)[number]): string | undefined => {
    const value: unknown = Reflect.get(fields, name);
    if (value === undefined || typeof value === 'string') return value;
    throw unfit(number, `has a ${name} that is not a text`);
  };
  const [id, type, cid, name] = [text('id'), text('type'), text('cid'), text('name')];
  const { payload, contentType } = contentIn(number, line, { fields, text });
  return {
    payload,
    contentType: text('contentType') ?? contentType,
    ...(id === undefined ? {} : { id: parseMessageId(id) }),
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { cid }),
    ...(name === undefined ? {} : { name }),
  };
}

function contentIn(
  number: number,
  line: string,
  {
    fields,
    text,
  }: { readonly fields: object; readonly text: (name: 'text' | 'base64') => string | undefined },
): { readonly payload: Uint8Array; readonly contentType: string } {
  const given = (['json', 'text', 'base64'] as const).filter((name) => name in fields);
  if (given.length !== 1) throw unfit(number, 'does not have exactly one of json, text and base64');
  const [name] = given;
  if (name === 'json') {
    return { payload: Buffer.from(memberText(line, 'json')), contentType: 'application/json' };
  }
  if (name === 'text') {
    return { payload: Buffer.from(text('text') ?? ''), contentType: 'text/plain; charset=utf-8' };
  }
  const base64 = text('base64') ?? '';
  const payload = Buffer.from(base64, 'base64');
  if (payload.toString('base64') !== base64) throw unfit(number, 'has a base64 that is none');
  return { payload, contentType: 'application/octet-stream' };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g;

/**
 * The text of a member of an object, as it stands there: numbers keep all of their digits.
 *
 * @param json valid JSON of an object that has the member.
 */
function memberText(json: string, member: string): string {
  let depth = 0;
  let name: unknown;
  let start = 0;
  let found = '';
  let isName = true;
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const isEnd = depth === 1 && (token === ',' || token === '}');
    if (isEnd && name === member) found = json.slice(start, index).trim();
    if (isEnd) isName = true;
    else if (depth === 1 && isName && token.startsWith('"')) name = JSON.parse(token);
    else if (depth === 1 && isName && token === ':') [isName, start] = [false, index + 1];
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
  }
  return found;
}

function parseLine(number: number, text: string): unknown {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  const { column } = parsed.position;
  throw new MsgError(
    'json-invalid',
    `line ${number} is not JSON: ${parsed.expected} expected at column ${column}`,
    { hint: onwardsFrom(number) },
  );
}

function unfit(number: number, what: string): MsgError {
  return new MsgError('usage', `line ${number} ${what}`, {
    hint: `a line is {"json": …}, {"text": "…"} or {"base64": "…"}, and may have id, type, cid, name and contentType`,
  });
}
