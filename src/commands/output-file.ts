import { existsSync } from 'node:fs';
import { MsgError } from '../errors.js';
import { makeDirectory } from '../files/make-directory.js';
import { writeWhole } from '../identity/private-file.js';
import type { Context } from '../runtime.js';
import { refuseBinary } from '../terminal/input.js';

/** Where the result of a command goes. */
export interface OutputTarget {
  /** `-` is standard output, on which binary data then goes to a terminal, too; so is undefined. */
  readonly file: string | undefined;
  readonly binary?: boolean;
  /** Permission bits; by default 0600. */
  readonly mode?: number;
  /** Whether a file that is there is replaced. */
  readonly force?: boolean | undefined;
}

/**
 * Makes the directory that results are to go to; one that is there is left as it is.
 *
 * @param mode permission bits, less the umask; by default for its owner alone.
 *
 * @throws MsgError `disk-full`, or `config` when it cannot be made for another reason.
 */
export function makeOutputDirectory(path: string, mode = 0o700): void {
  try {
    makeDirectory(path, mode);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const hint = 'make room, then run the command again';
      throw new MsgError('disk-full', `no space left to make ${path}`, { hint, cause });
    }
    throw new MsgError('config', `cannot create the directory ${path}: ${code}`, {
      hint: 'check the path, and who may write above it',
      cause,
    });
  }
}

/**
 * Looks at once whether a result can go there, and gives what writes it: a whole file or none.
 *
 * @throws MsgError `file-exists`, or `usage` for binary data on a terminal.
 */
export function openOutput(
  { file, binary = false, mode = 0o600, force = false }: OutputTarget,
  { io }: Context,
): (content: string | Uint8Array) => Promise<void> {
  if (file === undefined && binary) refuseBinary(io.stdout, '-o FILE');
  if (file === undefined || file === '-') {
    return async (content) => {
      await io.stdout.write(content);
    };
  }
  if (!force && existsSync(file)) {
    throw new MsgError('file-exists', `${file} exists already`, {
      hint: 'choose another name, or replace it with --force',
    });
  }
  return (content) => {
    writeWhole(file, content, { mode, force });
    return Promise.resolve();
  };
}
