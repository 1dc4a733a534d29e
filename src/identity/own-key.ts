import type { KeyOperations } from '../domain/key-operations.js';
import type { Certificate } from '../x509/certificate.js';

/** One's own certificate and the key behind it: what signs and opens messages. */
export interface OwnKey {
  readonly certificate: Certificate;
  readonly key: KeyOperations;
}
