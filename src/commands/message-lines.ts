import { isUtf8 } from 'node:buffer';
import { formatByteSize } from '../domain/byte-size.js';
import type { MemoryPayload } from '../messaging/payload.js';
import type { IncomingDelivery, SinkResult } from '../messaging/sink.js';
import { SinkClosed } from '../messaging/sink.js';
import type { Context } from '../runtime.js';
import { truncate } from '../terminal/width.js';
import { visible } from '../terminal/visible.js';

/** Writes one line about a delivered message, and waits until the kernel has taken it. */
export function lineWriter(
  context: Context,
): (message: IncomingDelivery, result: SinkResult) => Promise<void> {
  const { stdout } = context.io;
  return async (message, result) => {
    const line = context.json ? jsonLine(message, result) : humanLine(message, result, context);
    if ((await stdout.write(`${line}\n`)) === 'closed') throw new SinkClosed();
  };
}

/**
 * One message as a JSON object on one line. The payload is `json` (the sender's own text, numbers
 * untouched), `text` or `base64`, or `file` where it was written to one.
 */
export function jsonLine(message: IncomingDelivery, result: SinkResult): string {
  const { header, source, signer } = message;
  const fields = {
    id: header.id,
    from: header.from,
    to: header.to.map(({ peer }) => peer),
    ...{ kind: header.kind, type: header.type, cid: header.cid, replyTo: header.replyTo },
    ...{ name: header.name, contentType: header.contentType, size: header.size },
    sent: new Date(header.sent).toISOString(),
    received: new Date(message.receivedAt).toISOString(),
    ...{ signer, topic: source.topic, partition: source.partition, offset: Number(source.offset) },
    ...{ attempt: message.attempt, redelivered: message.redelivered, replay: message.replay },
  };
  const { file, outcome, milliseconds, replyId } = result;
  if (file !== undefined) return JSON.stringify({ ...fields, file });
  if (outcome !== undefined) return JSON.stringify({ ...fields, outcome, milliseconds, replyId });
  return `${JSON.stringify(fields).slice(0, -1)},${payloadField(message)}}`;
}

function payloadField({ header, payload }: IncomingDelivery): string {
  if (payload.place === 'file') return `"file":${JSON.stringify(payload.path)}`;
  const bytes = bufferOf(payload);
  if (!isUtf8(bytes)) return `"base64":"${bytes.toString('base64')}"`;
  const text = bytes.toString('utf8');
  if (isJsonType(header.contentType) && isJson(text)) return `"json":${oneLine(text)}`;
  return isTextType(header.contentType)
    ? `"text":${JSON.stringify(text)}`
    : `"base64":"${bytes.toString('base64')}"`;
}

function bufferOf({ content }: MemoryPayload): Buffer {
  return Buffer.from(content.buffer, content.byteOffset, content.length);
}

/** Line ends between JSON tokens are white space; inside strings JSON does not allow them. */
function oneLine(json: string): string {
  return json.trim().replace(/[\r\n]+/g, ' ');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isJsonType(contentType: string): boolean {
  return /^application\/(?:[^;]+\+)?json\b/i.test(contentType);
}

function isTextType(contentType: string): boolean {
  return (
    /^text\//i.test(contentType) || /^application\/(?:[^;]+\+)?(?:xml|json)\b/i.test(contentType)
  );
}

const PREVIEW_BYTES = 2_000;

function humanLine(message: IncomingDelivery, result: SinkResult, { io }: Context): string {
  const { header, receivedAt, redelivered, replay } = message;
  const label = [header.type, header.name].filter((part) => part !== undefined).join(' ');
  const mark = replay ? ' (replay)' : redelivered ? ' (redelivered)' : '';
  const about = label === '' ? header.contentType : label;
  const start = `${clockTime(receivedAt)} ${header.from} ${header.id}${mark} ${about} ${formatByteSize(header.size)}`;
  const told = describeResult(result) ?? pathOf(message);
  const line = visible(`${start}: ${told ?? preview(message)}`);
  // What can be copied from the line, such as a path, stays whole.
  if (!io.stdout.isTTY || told !== undefined) return line;
  return truncate(line, Math.max(io.stdout.columns, 80));
}

function describeResult({ file, outcome, milliseconds, replyId }: SinkResult): string | undefined {
  if (outcome === undefined) return file;
  const time = milliseconds === undefined ? '' : ` in ${milliseconds} ms`;
  return `${outcome}${time}${replyId === undefined ? '' : `, replied with ${replyId}`}`;
}

function pathOf({ payload }: IncomingDelivery): string | undefined {
  return payload.place === 'file' ? payload.path : undefined;
}

function preview({ header, payload }: IncomingDelivery): string {
  if (payload.place === 'file') return '';
  const bytes = bufferOf(payload);
  const isText =
    isUtf8(bytes) && (isTextType(header.contentType) || isJsonType(header.contentType));
  if (!isText) return 'binary; use --out DIR or --json for its content';
  const text = bytes
    .toString('utf8')
    .trim()
    .replace(/\s*[\r\n]+\s*/g, ' ');
  return text.length > PREVIEW_BYTES ? `${text.slice(0, PREVIEW_BYTES)}…` : text;
}

function clockTime(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toTimeString().slice(0, 8);
}
