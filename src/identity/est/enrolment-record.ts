import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MsgError } from '../../errors.js';
import type { Certificate } from '../../x509/certificate.js';
import { certificateToPem, readCertificates } from '../../x509/pem.js';
import { CertificateError } from '../../x509/certificate.js';
import { FILES, type KeyEntry } from '../key-entry.js';
import { readPublic, writeWhole } from '../private-file.js';

/** An enrolment that is under way: what lies beside the key it is for. */
export interface Enrolment {
  readonly operation: 'enroll' | 'renew';
  /** The EST service that was asked. */
  readonly url: string;
  /** The label of the key whose certificate authenticates a renewal. */
  readonly renews?: string | undefined;
  /** When the server wants to be asked again; Unix milliseconds. */
  readonly retryAt?: number | undefined;
}

/** An entry of the key store whose certificate is still to come. */
export interface UnderWay {
  readonly entry: KeyEntry;
  readonly enrolment: Enrolment;
}

/** An enrolment as its file holds it. */
export function encodeEnrolment({ retryAt, ...rest }: Enrolment): string {
  const retry = retryAt === undefined ? {} : { retryAt: new Date(retryAt).toISOString() };
  return `${JSON.stringify({ ...rest, ...retry }, undefined, 2)}\n`;
}

/**
 * The enrolment that an entry is part of, if one is under way.
 *
 * @throws MsgError `key-refused` when its file is damaged.
 */
export function enrolmentOf({ directory }: KeyEntry): Enrolment | undefined {
  const path = join(directory, FILES.enrolment);
  if (!existsSync(path)) return undefined;
  const enrolment = decode(readPublic(path).toString('utf8'));
  if (enrolment !== undefined) return enrolment;
  throw new MsgError('key-refused', `${path} is damaged`, {
    hint: 'remove the file, and begin anew with "msg cert enroll --again"',
  });
}

function decode(text: string): Enrolment | undefined {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { operation, url, renews, retryAt }: Readonly<Record<string, unknown>> = { ...value };
  if (operation !== 'enroll' && operation !== 'renew') return undefined;
  if (typeof url !== 'string') return undefined;
  const time = typeof retryAt === 'string' ? Date.parse(retryAt) : NaN;
  return {
    ...{ operation, url },
    ...(typeof renews === 'string' ? { renews } : {}),
    ...(Number.isNaN(time) ? {} : { retryAt: time }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lets an enrolment begin with a key that is there already. */
export function beginEnrolment(entry: KeyEntry, enrolment: Enrolment): UnderWay {
  const path = join(entry.directory, FILES.enrolment);
  writeWhole(path, encodeEnrolment(enrolment), { force: true });
  return { entry, enrolment };
}

/** Keeps when to ask again. */
export function postpone({ entry, enrolment }: UnderWay, retryAt: number): void {
  beginEnrolment(entry, { ...enrolment, retryAt });
}

/** Keeps what the server has issued, so that nothing has to be asked for twice. */
export function keepReceived({ directory }: KeyEntry, certificates: readonly Certificate[]): void {
  const pem = certificates.map(certificateToPem).join('');
  writeWhole(join(directory, FILES.received), pem, { mode: 0o644, force: true });
}

/** What was kept by {@link keepReceived}; undefined where there is nothing that can be read. */
export function receivedBy({ directory }: KeyEntry): readonly Certificate[] | undefined {
  const path = join(directory, FILES.received);
  if (!existsSync(path)) return undefined;
  try {
    return readCertificates(readPublic(path));
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

/** Forgets what was received. */
export function dropReceived({ directory }: KeyEntry): void {
  rmSync(join(directory, FILES.received), { force: true });
}

/** Ends an enrolment, whatever came of it. The key stays. */
export function endEnrolment(entry: KeyEntry): void {
  rmSync(join(entry.directory, FILES.enrolment), { force: true });
  dropReceived(entry);
}

/** Ends an enrolment that has its certificate; a renewal remembers what it is to take the place of. */
export function completeEnrolment({ entry, enrolment }: UnderWay): void {
  const { renews } = enrolment;
  if (renews !== undefined) {
    writeWhole(join(entry.directory, FILES.renews), `${renews}\n`, { mode: 0o644, force: true });
  }
  endEnrolment(entry);
}

/** The label of the key that an entry was made to take the place of. */
export function renewedBy({ directory }: KeyEntry): string | undefined {
  const path = join(directory, FILES.renews);
  return existsSync(path) ? readPublic(path).toString('utf8').trim() : undefined;
}
