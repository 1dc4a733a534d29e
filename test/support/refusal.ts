import { expect } from 'vitest';
import { Asn1Error } from '../../src/asn1/reader.js';
import { open } from '../../src/envelope/open.js';
import { EnvelopeRefused, type RefusalReason } from '../../src/envelope/refused.js';
import type { Opened, OwnKey } from '../../src/envelope/types.js';
import { CertificateError } from '../../src/x509/certificate.js';
import { LIMITS } from './sealed.js';

/** Opens bytes that must not open, and returns the refusal, which must be the envelope's own. */
export async function refusalOf(sealed: Uint8Array, keys: readonly OwnKey[]) {
  const outcome = await open(sealed, keys, LIMITS).then(
    (opened: Opened) => opened,
    (error: unknown) => error,
  );
  if (!(outcome instanceof EnvelopeRefused)) {
    expect.fail(
      `expected a refusal, got ${outcome instanceof Error ? String(outcome.stack) : 'a message'}`,
    );
  }
  const { cause } = outcome;
  const isUnderstood =
    cause === undefined || cause instanceof Asn1Error || cause instanceof CertificateError;
  if (!isUnderstood) throw new Error('refused because of a mistake in the program', { cause });
  return outcome;
}

/** Bytes that must be refused for this reason, in these words. */
export async function expectRefusal(
  sealed: Uint8Array,
  keys: readonly OwnKey[],
  expected: { readonly reason: RefusalReason; readonly message: RegExp },
): Promise<void> {
  const refusal = await refusalOf(sealed, keys);
  expect(refusal.message).toMatch(expected.message);
  expect(refusal.reason).toBe(expected.reason);
}
