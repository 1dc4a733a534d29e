import type { KafkaMessage } from 'kafkajs';
import type { StoredRecord } from '../port.js';
import { isPlaceholder } from './unreadable.js';

/** Consecutive messages of which all or none could be read. */
export type Run =
  | { readonly isReadable: true; readonly messages: readonly KafkaMessage[] }
  | {
      readonly isReadable: false;
      readonly from: bigint;
      /** The first offset after them. */
      readonly to: bigint;
      readonly reason: string;
    };

/** Separates what could be read from what could not, in order. */
export function runsOf(messages: readonly KafkaMessage[]): Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < messages.length;) {
    const isUnreadable = isUnreadableAt(messages, at);
    let end = at + 1;
    while (end < messages.length && isUnreadableAt(messages, end) === isUnreadable) end += 1;
    runs.push(
      isUnreadable ? unreadable(messages.slice(at, end)) : readable(messages.slice(at, end)),
    );
    at = end;
  }
  return runs;
}

function isUnreadableAt(messages: readonly KafkaMessage[], index: number): boolean {
  const message = messages[index];
  return message !== undefined && isPlaceholder(message);
}

function readable(messages: readonly KafkaMessage[]): Run {
  return { isReadable: true, messages };
}

function unreadable(messages: readonly KafkaMessage[]): Run {
  const reason = messages.find((message) => (message.value?.length ?? 0) > 0)?.value?.toString();
  return {
    isReadable: false,
    from: BigInt(messages[0]?.offset ?? 0),
    to: BigInt(messages.at(-1)?.offset ?? 0) + 1n,
    reason: reason ?? 'a record set that could not be read',
  };
}

/** A message as the port hands it on. A header given several times keeps its last value. */
export function storedRecord(
  topic: string,
  partition: number,
  message: KafkaMessage,
): StoredRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    appendedAt: Number(message.timestamp),
    key: message.key?.toString(),
    value: message.value ?? Buffer.alloc(0),
    headers: headersOf(message.headers),
  };
}

function headersOf(headers: KafkaMessage['headers']): Record<string, string> {
  const texts: [string, string][] = [];
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts.push([name, last.toString()]);
  }
  return Object.fromEntries(texts);
}
