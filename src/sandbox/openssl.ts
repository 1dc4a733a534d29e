import { spawnSync } from 'node:child_process';
import { MsgError } from '../errors.js';

/** A command line that opens a captured message without msg. */
export interface OpensslStep {
  readonly args: readonly string[];
  /** The same for a shell, to be shown. */
  readonly shown: string;
}

/** The files that a captured message is opened with. */
export interface CapturedFiles {
  /** The record's value, as it lay in the log. */
  readonly message: string;
  /** The recipient's private key and certificate, PEM. */
  readonly key: string;
  readonly certificate: string;
  /** The trust anchor, PEM. */
  readonly anchor: string;
  /** Receives the decrypted SignedData. */
  readonly signed: string;
  /** Receives the payload. */
  readonly payload: string;
}

/** Two commands: decrypt the envelope, then verify the signature and take the payload out. */
export function opensslSteps(files: CapturedFiles): readonly OpensslStep[] {
  const { message, key, certificate, anchor, signed, payload } = files;
  const decrypt = ['cms', '-decrypt', '-inform', 'DER', '-in', message, '-recip', certificate];
  const verify = ['cms', '-verify', '-cades', '-inform', 'DER', '-in', signed, '-CAfile', anchor];
  return [
    [...decrypt, '-inkey', key, '-binary', '-out', signed],
    [...verify, '-binary', '-out', payload],
  ].map((args) => ({ args, shown: ['openssl', ...args].join(' ') }));
}

/**
 * Runs the commands one after the other.
 *
 * @throws MsgError `missing-tool` without openssl, `message-refused` when it refuses.
 */
export function runOpenssl(steps: readonly OpensslStep[]): void {
  for (const { args, shown } of steps) {
    const { error, status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (error !== undefined) {
      throw new MsgError('missing-tool', 'openssl cannot be started', {
        hint: 'install OpenSSL 3',
        cause: error,
      });
    }
    if (status !== 0) {
      const why = stderr.trim().split('\n').at(-1) ?? '';
      throw new MsgError('message-refused', `"${shown}" failed: ${why}`);
    }
  }
}
