import { rename, rm } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { copyDurably } from '../files/durable-file.js';
import type { Payload } from '../messaging/payload.js';
import type { Context } from '../runtime.js';
import { refuseBinary } from '../terminal/input.js';
import { visible } from '../terminal/visible.js';
import { openOutput } from './output-file.js';

/** Where a payload is written. */
export interface PayloadTarget {
  /** A path, or `-` for standard output whatever it is; standard output where absent. */
  readonly file: string | undefined;
  readonly force?: boolean | undefined;
}

/**
 * Looks at once whether a payload can go there, and gives what writes it: a whole file or none. On a
 * terminal only text is shown, without anything that would control it.
 *
 * @throws MsgError `file-exists`; and then `usage` for binary data on a terminal.
 */
export function openPayloadOutput(
  { file, force }: PayloadTarget,
  context: Context,
): (payload: Payload) => Promise<void> {
  const { stdout } = context.io;
  if (file === undefined && stdout.isTTY) return (payload) => show(payload, context);
  if (file === undefined || file === '-') {
    return async (payload) => {
      for await (const piece of payload.stream()) await stdout.write(piece as Uint8Array);
    };
  }
  const write = openOutput({ file, force }, context);
  return (payload) =>
    payload.place === 'memory' ? write(payload.content) : copyInto(payload.path, file);
}

/** So much text is shown at most, in bytes. */
const LONGEST_SHOWN = 1024 * 1024;

async function show(payload: Payload, { io: { stdout } }: Context): Promise<void> {
  const bytes = payload.size <= LONGEST_SHOWN ? await payload.bytes() : undefined;
  if (bytes === undefined || !isUtf8(bytes)) {
    refuseBinary(stdout, '-o FILE');
    return;
  }
  const lines = Buffer.from(bytes).toString('utf8').replace(/\n$/, '').split('\n');
  await stdout.write(`${lines.map(visible).join('\n')}\n`);
}

/** A payload that memory does not hold: the whole file or none. */
export async function copyInto(from: string, to: string): Promise<void> {
  const temporary = `${to}.${process.pid}.part`;
  await rm(temporary, { force: true });
  await copyDurably(from, temporary);
  await rename(temporary, to);
}
