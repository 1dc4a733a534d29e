import { existsSync } from 'node:fs';
import { MsgError } from '../errors.js';
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
