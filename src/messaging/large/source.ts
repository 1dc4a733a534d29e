import type { BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { MsgError } from '../../errors.js';
import { codeOf } from '../../files/durable-file.js';
import type { OutgoingSource } from '../../ledger/port.js';
import { EncryptedReader } from '../../spool/encrypted-file.js';
import type { Spool } from '../../spool/spool.js';

/** What a large payload is read from, from anywhere and as often as need be. */
export interface Source {
  /** In bytes. */
  readonly size: number;
  /**
   * Fills a buffer from a position.
   *
   * @throws SourceChanged when it is no longer what it was when it was hashed.
   */
  read(into: Buffer, position: number): Promise<void>;
  close(): Promise<void>;
}

/** What is being sent is not any more what its manifest says. */
export class SourceChanged extends MsgError {
  /** What its recipients are told: where it lay is none of their business. */
  readonly reason: string;

  constructor(path: string, what = 'changed while it was being sent') {
    super('file-changed', `${path} ${what}; nothing of it is delivered`, {
      hint: 'send it again when nothing writes to it any more',
    });
    this.reason = `the payload ${what}`;
  }
}

/** Opens what a message of the outbox is read from. @throws SourceChanged */
export function openSource(source: OutgoingSource, spool: Spool): Promise<Source> {
  const { spoolKey } = source;
  return spoolKey === undefined ? openFile(source) : openSpooled(source, spoolKey, spool);
}

async function openFile({ path, size, stamp }: OutgoingSource): Promise<Source> {
  const file = await openOwn(path);
  const isAsItWas = async (): Promise<boolean> =>
    stampOf(await file.stat({ bigint: true })) === stamp;
  if (!(await isAsItWas())) {
    await file.close();
    throw new SourceChanged(path, 'is not the file that it was');
  }
  return {
    size,
    async read(into, position) {
      const isFull = (await readFully(file, into, position)) === into.length;
      if (!isFull || !(await isAsItWas())) throw new SourceChanged(path);
    },
    close: () => file.close(),
  };
}

async function openOwn(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const code = codeOf(error);
    throw code === 'ENOENT' ? new SourceChanged(path, 'is gone') : error;
  }
}

async function openSpooled(
  { path, size }: OutgoingSource,
  key: Uint8Array,
  spool: Spool,
): Promise<Source> {
  const file = await spool.open(path, { isNew: false });
  const what = 'what was kept of standard input';
  if (file === undefined) throw new SourceChanged(what, 'is gone');
  const reader = new EncryptedReader(file, key);
  return {
    size,
    async read(into, position) {
      const count = await reader.read(into, position).catch(() => -1);
      if (count !== into.length) throw new SourceChanged(what, 'was damaged');
    },
    close: () => file.close(),
  };
}

/** Reads until a buffer is full, or the file ends; says how many bytes it read. */
export async function readFully(file: FileHandle, into: Buffer, position: number): Promise<number> {
  let done = 0;
  for (;;) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    done += bytesRead;
    if (bytesRead === 0 || done === into.length) return done;
  }
}

/** What tells a file, and whether it was written to. */
export function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino} ${size} ${mtimeNs}`;
}
