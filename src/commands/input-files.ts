import { open } from 'node:fs/promises';
import { MsgError } from '../errors.js';
import { errnoOf } from '../identity/private-file.js';
import type { ImportFile } from '../identity/import.js';
import type { Context } from '../runtime.js';
import { readAll } from '../terminal/input.js';

/** Files larger than this hold no keys or certificates, in bytes. */
const LARGEST = 1024 * 1024;

/**
 * Reads small files whole; `-` is standard input.
 *
 * @throws MsgError `file-not-found` or `too-large`.
 */
export function readInputs(
  names: readonly string[],
  { io }: Context,
): Promise<readonly ImportFile[]> {
  return Promise.all(
    names.map(async (name) =>
      name === '-'
        ? { name: 'standard input', bytes: await readAll(io.stdin, LARGEST) }
        : { name, bytes: await readSmall(name) },
    ),
  );
}

async function readSmall(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > LARGEST)
        throw new MsgError('too-large', `${path} is ${size} bytes: no certificate`, {
          hint: 'name the file of the certificate or the key itself',
        });
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof MsgError || errno === undefined) throw error;
    const message = errno === 'ENOENT' ? `no such file: ${path}` : `cannot read ${path}: ${errno}`;
    throw new MsgError('file-not-found', message, { hint: 'check the path', cause: error });
  }
}
