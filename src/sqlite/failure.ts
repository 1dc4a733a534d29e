import { type ErrorCode, MsgError } from '../errors.js';

/** What a failure of SQLite is called: the file as the operator knows it, and the code for "busy". */
export interface FailureNames {
  /** For example `the ledger /var/lib/msg/ledger.db`. */
  readonly what: string;
  readonly busy: ErrorCode;
}

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that msg tells apart. */
const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const FULL = 13;
const CANTOPEN = 14;

/** Whether an error, or what caused it, is an I/O error: a commit that failed so may be on the disk. */
export function isIoError(error: unknown): boolean {
  const cause = error instanceof MsgError ? error.cause : error;
  return primaryCode(cause) === IOERR;
}

/** Whether an error of SQLite says that another process holds a lock. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/**
 * Translates an error of SQLite: no room is `disk-full`, a lock held too long is the code given, and
 * whatever else is wrong with the file is `config`. Other errors come back as they are.
 */
export function sqliteFailure(error: unknown, { what, busy }: FailureNames): unknown {
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  if (isBusy(error)) {
    return new MsgError(busy, `${what} is held by another process`, {
      hint: 'try again; if it stays so, look for a stopped process that has the file open',
      cause: error,
    });
  }
  if (code === FULL || code === IOERR) {
    return new MsgError('disk-full', `cannot write ${what}: ${error.message}`, {
      hint: 'free space on the disk that holds it, or check the disk, and try again',
      cause: error,
    });
  }
  return new MsgError('config', `cannot use ${what}: ${error.message}`, {
    hint: 'check that the path is right, that this user may read and write it and its directory, and that it is not another program’s file',
    cause: error,
  });
}

/** A write that the disk took and then did not confirm: nobody can say what is there now. */
export function syncFailure(error: unknown, what: string): MsgError {
  const reason = error instanceof Error ? error.message : String(error);
  return new MsgError('config', `the disk did not confirm what was written to ${what}: ${reason}`, {
    hint: 'look into the log of the kernel, mend the disk or free space on it, and start again; what was to be sent is sent again under the same id, and what came comes again',
    cause: error,
  });
}

/** The primary result code: of SQLite, in the text of a failing open, or like an error of the system. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('rawCode' in error && typeof error.rawCode === 'number') return error.rawCode & 0xff;
  if ('errno' in error) return 'code' in error && error.code === 'ENOSPC' ? FULL : CANTOPEN;
  const open = /^ConnectionFailed\(.*: (\d+)/.exec(error.message);
  return open === null ? undefined : Number(open[1]) & 0xff;
}
