import { hash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { Attested, ItemException } from '../domain/attested.js';
import type { MessageId } from '../domain/message-id.js';
import type { Header, HeaderItem, HeaderRecipient, MessageKind } from './header.js';
import {
  distinct,
  headerRefused,
  lineOfText,
  oneOf,
  optional,
  readFileName,
  readFingerprint,
  readMediaType,
  readMessageId,
  readObject,
  readPeerName,
  readReason,
  readTime,
  wholeNumber,
  type Draft,
  type FieldReader,
} from './header-fields.js';

/** The largest header, in bytes of its JSON. */
export const MAX_HEADER_SIZE = 64 * 1024;

/** The most messages in one batch. */
export const MAX_ITEMS = 1000;

/** The most messages that one names as those before it, and the most that it declares void. */
export const MAX_NAMED = 32;

const KINDS = ['message', 'manifest', 'batch', 'receipt', 'rejected'] as const;
const RECEIPTS: readonly Attested[] = ['received', 'processed'];

/**
 * Reads the signed header from the bytes of its JSON (I-JSON, RFC 7493: no name twice in one object).
 * Fields it does not know are left out.
 *
 * @throws EnvelopeRefused `header` with the field and the rule it breaks.
 */
export function decodeHeader(json: Uint8Array): Header {
  if (json.length > MAX_HEADER_SIZE) throw headerRefused(`${json.length} bytes are too many`);
  if (!isUtf8(json)) throw headerRefused('it is not UTF-8');
  return readHeader(parseJson(Buffer.from(json.buffer, json.byteOffset, json.length).toString()));
}

/**
 * Reads a header from its JSON as text, under the same rules.
 *
 * @throws EnvelopeRefused `header` with the field and the rule it breaks.
 */
export function parseHeader(json: string): Header {
  return decodeHeader(Buffer.from(json));
}

/**
 * The header's canonical JSON: known fields only, in the order of {@link Header}, `to` sorted by
 * peer, `receipt` in the order of time, no insignificant white space, strings escaped as ECMA-262's `JSON.stringify` does.
 *
 * @throws EnvelopeRefused `header` when a reader would refuse it.
 */
export function serialiseHeader(header: Header): string {
  const json = JSON.stringify(readHeader(header));
  if (Buffer.byteLength(json) <= MAX_HEADER_SIZE) return json;
  throw headerRefused(`it is longer than ${MAX_HEADER_SIZE} bytes`);
}

/**
 * What makes two messages the same, as 64 hexadecimal digits: SHA-256 over the UTF-8 bytes of
 *
 *     canonical JSON of the header without `sent`, `to[].cert`, `to[].after` and `to[].void`, LF,
 *     the payload's SHA-256 as 64 lower-case hexadecimal digits
 *
 * A message sealed anew under its id keeps its digest: because a certificate was superseded, or because
 * its sender's ledger was lost and it was sent once more.
 *
 * @param payloadSha256 SHA-256 of the payload, as 64 lower-case hexadecimal digits.
 */
export function messageDigest(header: Header, payloadSha256: string): string {
  const identity = JSON.stringify(readHeader(header), (field, value: unknown) =>
    DIFFERS_WHEN_SEALED_ANEW.has(field) ? undefined : value,
  );
  return hash('sha256', `${identity}\n${payloadSha256}`, 'hex');
}

const DIFFERS_WHEN_SEALED_ANEW: ReadonlySet<string> = new Set([
  ...['sent', 'cert', 'after', 'void'],
]);

function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw headerRefused('it is not JSON');
  }
  if (namesWritten(text) !== namesIn(value)) {
    throw headerRefused('a name stands twice in one object');
  }
  return value;
}

/** A string of valid JSON, and the colon that makes it the name of a member. */
const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** How many names stand in a text. JSON.parse drops all but the last of equal ones, other readers do not. */
function namesWritten(text: string): number {
  let count = 0;
  for (const [, colon] of text.matchAll(STRING)) if (colon !== undefined) count++;
  return count;
}

/** How many names a value has, at every depth: without recursion, since a header may be deep. */
function namesIn(value: unknown): number {
  let count = 0;
  const left: unknown[] = [value];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    const members: unknown[] = Object.values(one);
    if (!Array.isArray(one)) count += members.length;
    for (const member of members) left.push(member);
  }
  return count;
}

const readSize = wholeNumber(0);
const readShortText = lineOfText(255);
const readKind = oneOf<MessageKind>(KINDS);
const readEncoding = oneOf(['gzip']);

const readDistinctIds = distinct(readMessageId, (id) => [id]);
const readNamed: FieldReader<readonly MessageId[]> = (value, field) => {
  const ids = readDistinctIds(value, field);
  if (ids.length > MAX_NAMED) throw headerRefused(`${field} has more than ${MAX_NAMED} ids`);
  return [...ids].sort();
};

const readRecipient: FieldReader<HeaderRecipient> = (value, field) => {
  const fields = readObject(value, field);
  const recipient: Draft<HeaderRecipient> = {
    peer: readPeerName(fields['peer'], `${field}.peer`),
    cert: readFingerprint(fields['cert'], `${field}.cert`),
  };
  optional(recipient, fields, 'after', readNamed);
  optional(recipient, fields, 'void', readNamed);
  return recipient;
};

/** One message of a batch, as the header lists it. */
export const readHeaderItem: FieldReader<HeaderItem> = (value, field) => {
  const fields = readObject(value, field);
  const item: Draft<HeaderItem> = {
    id: readMessageId(fields['id'], `${field}.id`),
    size: readSize(fields['size'], `${field}.size`),
  };
  optional(item, fields, 'type', readShortText);
  optional(item, fields, 'cid', readShortText);
  optional(item, fields, 'name', readFileName);
  optional(item, fields, 'contentType', readMediaType);
  return item;
};

const readException: FieldReader<ItemException> = (value, field) => {
  const fields = readObject(value, field);
  return {
    at: readSize(fields['at'], `${field}.at`),
    reason: readReason(fields['reason'], `${field}.reason`),
  };
};

const readRecipients = distinct(readRecipient, ({ peer, cert }) => [peer, cert]);
const readItems = distinct(readHeaderItem, ({ id }) => [id]);
const readExceptions = distinct(readException, ({ at }) => [String(at)]);
const readAttested = oneOf<Attested>(RECEIPTS);
const readReceiptSet = distinct(readAttested, (word) => [word]);
const readReceipts: FieldReader<Header['receipt'] & object> = (value, field) => {
  const asked = readReceiptSet(value, field);
  return RECEIPTS.filter((word) => asked.includes(word));
};

/** Reads every field in the canonical order, whatever order they came in. */
function readHeader(value: unknown): Header {
  const fields = readObject(value, 'the whole');
  if (fields['v'] !== 1) throw headerRefused('v is not 1, the only version this program knows');
  const header: Draft<Header> = {
    v: 1,
    id: readMessageId(fields['id'], 'id'),
    kind: readKind(fields['kind'], 'kind'),
    from: readPeerName(fields['from'], 'from'),
    to: [...readRecipients(fields['to'], 'to')].sort((a, b) => (a.peer < b.peer ? -1 : 1)),
    sent: readTime(fields['sent'], 'sent'),
    contentType: readMediaType(fields['contentType'], 'contentType'),
    size: readSize(fields['size'], 'size'),
  };
  optional(header, fields, 'expires', readTime);
  optional(header, fields, 'type', readShortText);
  optional(header, fields, 'cid', readShortText);
  optional(header, fields, 'replyTo', readMessageId);
  optional(header, fields, 'name', readFileName);
  optional(header, fields, 'encoding', readEncoding);
  optional(header, fields, 'receipt', readReceipts);
  optional(header, fields, 'attests', readAttested);
  optional(header, fields, 'items', readItems);
  optional(header, fields, 'except', readExceptions);
  checkItems(header);
  checkAnswer(header);
  return header;
}

/** A batch is cut by its items' sizes, so they must make up the whole; nothing else has items. */
function checkItems({ kind, id, items, size }: Header): void {
  if (kind !== 'batch') {
    if (items !== undefined) throw headerRefused(`a ${kind} has no items`);
    return;
  }
  if (items === undefined) throw headerRefused('a batch without items');
  if (items.length > MAX_ITEMS) throw headerRefused(`more than ${MAX_ITEMS} items`);
  if (items.some((item) => item.id === id)) throw headerRefused('an item has the id of its batch');
  const sum = items.reduce((total, item) => total + item.size, 0);
  if (sum !== size) throw headerRefused(`items of ${sum} bytes in a batch of ${size}`);
}

/** Receipts and rejections are about one message, and are never answered themselves. */
function checkAnswer({ kind, receipt, attests, except, replyTo }: Header): void {
  if (kind === 'receipt' && attests === undefined) throw headerRefused('a receipt of nothing');
  if (kind !== 'receipt' && attests !== undefined) throw headerRefused(`a ${kind} attests nothing`);
  if (kind !== 'receipt' && except !== undefined) throw headerRefused(`a ${kind} excepts nothing`);
  if (kind !== 'receipt' && kind !== 'rejected') return;
  if (replyTo === undefined) throw headerRefused(`a ${kind} without replyTo`);
  if (receipt !== undefined) throw headerRefused(`a ${kind} asks for a receipt`);
}
