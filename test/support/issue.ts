import { constants, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, oid, sequence, time, tlv } from '../../src/asn1/writer.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { parseCrl, type RevocationList } from '../../src/x509/crl.js';
import { parseDistinguishedName } from '../../src/x509/distinguished-name.js';
import { parseCertificate } from '../../src/x509/parse.js';
import * as write from '../../src/x509/write-extensions.js';

/*
 * Certificates and revocation lists of every shape, also those that no authority would issue: what
 * path validation is tested with. Whatever is not given is as a good certificate has it.
 */

/** The kinds of key that issue here, each with its signature algorithm. */
export type IssuerKeyType = 'p256' | 'p384' | 'p521' | 'ed25519' | 'rsa' | 'rsa-pss' | 'rsa-1024';

/** A certificate with its key. */
export interface Issued {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  readonly keyType: IssuerKeyType;
}

/** What a certificate shall be; times in Unix milliseconds. */
export interface IssueOptions {
  readonly subject: string | Uint8Array;
  /** Signs itself where absent. */
  readonly issuer?: Issued;
  readonly keyType?: IssuerKeyType;
  /** A key to certify again. */
  readonly key?: Pick<Issued, 'privateKey' | 'keyType'> & { readonly spki: Uint8Array };
  readonly extensions?: readonly Uint8Array[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly serial?: Uint8Array;
  /** The AlgorithmIdentifier inside and outside, and the hash, where they shall be others. */
  readonly algorithm?: { readonly identifier: Uint8Array; readonly hash: string };
}

/** The moment at which all tests here judge. */
export const NOW = Date.parse('2026-06-01T12:00:00Z');
const YEAR = 365 * 24 * 3600 * 1000;

const keys = new Map<IssuerKeyType, KeyObject[]>();

/** RSA keys take long to make, so a few are used in turn. */
function newKey(type: IssuerKeyType): KeyObject {
  if (!type.startsWith('rsa')) return generate(type);
  const pool = keys.get(type) ?? [];
  keys.set(type, pool);
  const used = pool.length >= 3 ? pool.shift() : undefined;
  const key = used ?? generate(type);
  pool.push(key);
  return key;
}

function generate(type: IssuerKeyType): KeyObject {
  const named = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;
  switch (type) {
    case 'p256':
    case 'p384':
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: named[type] }).privateKey;
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'rsa-pss':
      return generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
    case 'rsa':
    case 'rsa-1024':
      return generateKeyPairSync('rsa', { modulusLength: type === 'rsa' ? 2048 : 1024 }).privateKey;
  }
}

const NULL = tlv(TAG.null);
const SHA256 = sequence(oid('608648016503040201'), NULL);
const explicit = (number: number, value: Uint8Array): Buffer =>
  tlv(contextTag(number, 'constructed'), value);
const PSS_PARAMETERS = sequence(
  explicit(0, SHA256),
  explicit(1, sequence(oid('2a864886f70d010108'), SHA256)),
  explicit(2, integer(32)),
);

const RSA_SHA256 = { identifier: sequence(oid('2a864886f70d01010b'), NULL), hash: 'sha256' };
const ALGORITHMS: Readonly<
  Record<IssuerKeyType, { readonly identifier: Uint8Array; readonly hash: string | null }>
> = {
  p256: { identifier: sequence(oid('2a8648ce3d040302')), hash: 'sha256' },
  p384: { identifier: sequence(oid('2a8648ce3d040303')), hash: 'sha384' },
  p521: { identifier: sequence(oid('2a8648ce3d040304')), hash: 'sha512' },
  ed25519: { identifier: sequence(oid('2b6570')), hash: null },
  rsa: RSA_SHA256,
  'rsa-1024': RSA_SHA256,
  'rsa-pss': { identifier: sequence(oid('2a864886f70d01010a'), PSS_PARAMETERS), hash: 'sha256' },
};

let serials = 0;

/** Issues a certificate. */
export function issue(options: IssueOptions): Issued {
  const keyType = options.key?.keyType ?? options.keyType ?? 'p256';
  const privateKey = options.key?.privateKey ?? newKey(keyType);
  const spki = options.key?.spki ?? spkiOf(privateKey);
  const signer = options.issuer ?? { privateKey, keyType };
  const subject = nameOf(options.subject);
  const algorithm = options.algorithm ?? ALGORITHMS[signer.keyType];
  const extensions = options.extensions ?? [];
  const tbs = sequence(
    explicit(0, integer(2)),
    options.serial === undefined ? integer(++serials) : tlv(TAG.integer, options.serial),
    algorithm.identifier,
    options.issuer?.certificate.subject ?? subject,
    sequence(time(options.notBefore ?? NOW - YEAR), time(options.notAfter ?? NOW + YEAR)),
    subject,
    spki,
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  const certificate = parseCertificate(signed(tbs, algorithm, signer.privateKey));
  return { certificate, privateKey, keyType };
}

/** The extensions of a CA. */
export function caExtensions(pathLength?: number): Buffer[] {
  return [
    write.basicConstraints({ ca: true, ...(pathLength === undefined ? {} : { pathLength }) }),
    write.keyUsage(['keyCertSign', 'cRLSign']),
  ];
}

/** A CA, self-signed where it has no issuer. */
export function ca(options: IssueOptions & { readonly pathLength?: number }): Issued {
  const extensions = [...caExtensions(options.pathLength), ...(options.extensions ?? [])];
  return issue({ ...options, extensions });
}

/** The extensions of a message certificate with these alternative names. */
export function messageExtensions(names: readonly write.AltName[] = []): Buffer[] {
  const usage = write.keyUsage(['digitalSignature', 'keyAgreement', 'keyEncipherment']);
  return names.length === 0 ? [usage] : [usage, write.subjectAltName(names)];
}

/** What a revocation list shall be; times in Unix milliseconds. */
export interface ListOptions {
  readonly issuer: Issued;
  readonly revoked?: readonly {
    readonly certificate: Certificate;
    readonly reason?: number;
    readonly extensions?: readonly Uint8Array[];
  }[];
  readonly number?: number;
  readonly thisUpdate?: number;
  /** `null` leaves it out. */
  readonly nextUpdate?: number | null;
  readonly extensions?: readonly Uint8Array[];
}

/** Signs a revocation list. */
export function revocationList(options: ListOptions): RevocationList {
  const { issuer, nextUpdate = NOW + YEAR } = options;
  const algorithm = ALGORITHMS[issuer.keyType];
  const entries = (options.revoked ?? []).map(({ certificate, reason, extensions = [] }) => {
    const code = tlv(TAG.enumerated, Buffer.of(reason ?? 1));
    const all = [write.extension('551d15', code), ...extensions];
    return sequence(tlv(TAG.integer, certificate.serial), time(NOW - YEAR), sequence(...all));
  });
  const number = write.extension('551d14', integer(options.number ?? 1));
  const tbs = sequence(
    integer(1),
    algorithm.identifier,
    issuer.certificate.subject,
    time(options.thisUpdate ?? NOW - 3600_000),
    ...(nextUpdate === null ? [] : [time(nextUpdate)]),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(0, sequence(number, ...(options.extensions ?? []))),
  );
  return parseCrl(signed(tbs, algorithm, issuer.privateKey));
}

function signed(
  tbs: Uint8Array,
  algorithm: { readonly identifier: Uint8Array; readonly hash: string | null },
  key: KeyObject,
): Buffer {
  const isPss = key.asymmetricKeyType === 'rsa-pss';
  const padding = isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  const signature = sign(algorithm.hash, tbs, { key, ...padding });
  return sequence(tbs, algorithm.identifier, tlv(TAG.bitString, Buffer.of(0), signature));
}

function nameOf(subject: string | Uint8Array): Uint8Array {
  return typeof subject === 'string' ? parseDistinguishedName(subject) : subject;
}

/** A key's SubjectPublicKeyInfo. */
export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
