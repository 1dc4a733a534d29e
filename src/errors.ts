/**
 * Every way in which msg fails, once: the stable code, the exit code scripts see and whether trying
 * again can help. `docs/exit-codes.md` is checked against this table by a test.
 */
const TABLE = {
  bug: { exit: 1, retryable: false },
  usage: { exit: 2, retryable: false },
  config: { exit: 2, retryable: false },
  'file-not-found': { exit: 2, retryable: false },
  'file-exists': { exit: 2, retryable: false },
  'json-invalid': { exit: 2, retryable: false },
  'id-conflict': { exit: 2, retryable: false },
  'too-large': { exit: 2, retryable: false },
  'missing-tool': { exit: 2, retryable: false },
  'not-found': { exit: 2, retryable: false },
  'not-cancellable': { exit: 2, retryable: false },
  'not-resendable': { exit: 2, retryable: false },
  'not-sent': { exit: 2, retryable: false },
  'peer-unknown': { exit: 3, retryable: false },
  'peer-inactive': { exit: 3, retryable: false },
  'peer-certificate': { exit: 3, retryable: false },
  'peer-untrusted': { exit: 3, retryable: false },
  'key-missing': { exit: 4, retryable: false },
  'key-refused': { exit: 4, retryable: false },
  passphrase: { exit: 4, retryable: false },
  account: { exit: 4, retryable: false },
  'not-authorised': { exit: 4, retryable: false },
  'certificate-own': { exit: 4, retryable: false },
  'enrolment-refused': { exit: 4, retryable: false },
  'enrolment-untrusted': { exit: 4, retryable: false },
  'message-refused': { exit: 5, retryable: false },
  rejected: { exit: 5, retryable: false },
  'batch-failures': { exit: 6, retryable: true },
  'file-changed': { exit: 75, retryable: true },
  'batch-running': { exit: 75, retryable: true },
  'broker-unreachable': { exit: 75, retryable: true },
  'chain-unreachable': { exit: 75, retryable: true },
  'address-book-stale': { exit: 75, retryable: true },
  'revocation-unknown': { exit: 75, retryable: true },
  'enrolment-pending': { exit: 75, retryable: true },
  'enrolment-unreachable': { exit: 75, retryable: true },
  'handler-failed': { exit: 75, retryable: true },
  'sink-unavailable': { exit: 75, retryable: true },
  'disk-full': { exit: 75, retryable: true },
  'ledger-busy': { exit: 75, retryable: true },
  'key-unavailable': { exit: 75, retryable: true },
  // The message has left: the same call would send another one, unless it names the same id.
  'no-receipt': { exit: 75, retryable: false },
  'no-reply': { exit: 75, retryable: false },
  timeout: { exit: 75, retryable: true },
  interrupted: { exit: 130, retryable: true },
} as const satisfies Record<string, { exit: ExitCode; retryable: boolean }>;

/** The exit codes that scripts may rely on. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 75 | 130;

/** A stable name for a kind of failure; part of the `--json` contract. */
export type ErrorCode = keyof typeof TABLE;

/** Every error code with its exit code and whether a retry can help. */
export const ERROR_CODES: Readonly<Record<ErrorCode, { exit: ExitCode; retryable: boolean }>> =
  TABLE;

/** What may accompany a failure. */
export interface MsgErrorOptions {
  /** What to do next, as a sentence without a full stop. */
  readonly hint?: string;
  /** The failure underneath; shown with `-vv` only. */
  readonly cause?: unknown;
}

/** Recognises failures made by another copy of this module in the same process. */
const BRAND = Symbol.for('peermsg.MsgError');

/**
 * A failure that msg understands. The message is lower case, names the thing and the value, has no
 * full stop and never holds a secret.
 */
export class MsgError extends Error {
  override readonly name = 'MsgError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: MsgErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  /** The program and the parts it loads on demand hold a copy of this class each. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== MsgError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  get [BRAND](): true {
    return true;
  }

  /** The process exit code that goes with this failure. */
  get exitCode(): ExitCode {
    return TABLE[this.code].exit;
  }

  /** Whether the same call can succeed later without anything being changed by hand. */
  get retryable(): boolean {
    return TABLE[this.code].retryable;
  }

  /** The documented shape of an error on stderr under `--json`. */
  toJSON(): { error: { code: ErrorCode; message: string; hint?: string; retryable: boolean } } {
    const { code, message, hint, retryable } = this;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }), retryable } };
  }
}
