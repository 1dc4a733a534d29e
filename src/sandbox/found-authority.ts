import type { Clock, RandomSource } from '../domain/environment.js';
import { generateKey, type KeyType, type SoftwareKey } from '../identity/software-key.js';
import type { Certificate } from '../x509/certificate.js';
import { parseDistinguishedName } from '../x509/distinguished-name.js';
import { parseCertificate } from '../x509/parse.js';
import * as write from '../x509/write-extensions.js';
import { newSerial, writeCertificate } from './certificate-writer.js';

/** In milliseconds. */
export const DAY = 86_400_000;

/** How far back certificates begin, for clocks that differ; in milliseconds. */
export const BACKDATED = 300_000;

/** Where an authority's time and randomness come from. */
export interface AuthorityEnvironment {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How to found an authority. */
export interface AuthorityOptions extends AuthorityEnvironment {
  /** The root's subject as RFC 4514 text beginning with CN; by default `CN=msg sandbox root`. */
  readonly name?: string;
  /** Whether an intermediate, and not the root itself, issues end-entity certificates. */
  readonly intermediate?: boolean;
  /** What the issuer of end-entity certificates may issue for; by default anything. */
  readonly permitted?: readonly write.AltName[];
  readonly keyType?: KeyType;
  /** How long the authority's own certificates are valid; by default 3650. */
  readonly days?: number;
}

/** A certification authority's certificate and key. */
export interface AuthorityKey {
  readonly certificate: Certificate;
  readonly key: SoftwareKey;
}

/** The root first, then the intermediate if there is one: the last one issues. */
export type AuthorityKeys = readonly [AuthorityKey, ...AuthorityKey[]];

/** Makes the keys and certificates of a new authority. */
export async function foundAuthority(options: AuthorityOptions): Promise<AuthorityKeys> {
  const name = options.name ?? 'CN=msg sandbox root';
  const isTwoTier = options.intermediate === true;
  const root = await certify(options, { name, isIssuing: !isTwoTier });
  if (!isTwoTier) return [root];
  const below = name.replace(/^CN=((?:\\.|[^,\\])*)/i, 'CN=$1 issuing');
  return [root, await certify(options, { name: below, isIssuing: true, parent: root })];
}

interface Level {
  readonly name: string;
  /** Whether it issues end-entity certificates, and no other authority stands below it. */
  readonly isIssuing: boolean;
  readonly parent?: AuthorityKey;
}

async function certify(options: AuthorityOptions, level: Level): Promise<AuthorityKey> {
  const key = generateKey(options.keyType);
  const subject = parseDistinguishedName(level.name);
  const fields = {
    serial: newSerial(options.random),
    issuer: level.parent?.certificate.subject ?? subject,
    subject,
    notBefore: options.clock() - BACKDATED,
    notAfter: options.clock() + (options.days ?? 3650) * DAY,
    spki: key.spki,
    extensions: authorityExtensions(options, level, key),
  };
  const der = await writeCertificate(fields, level.parent?.key ?? key);
  return { certificate: parseCertificate(der), key };
}

function authorityExtensions(
  options: AuthorityOptions,
  level: Level,
  key: SoftwareKey,
): Uint8Array[] {
  const identifier = write.keyIdentifierOf(key.spki);
  const permitted = level.isIssuing ? (options.permitted ?? []) : [];
  return [
    write.basicConstraints({ ca: true, pathLength: level.isIssuing ? 0 : 1 }),
    write.keyUsage(['keyCertSign', 'cRLSign']),
    write.subjectKeyIdentifier(identifier),
    write.authorityKeyIdentifier(level.parent?.certificate.subjectKeyIdentifier ?? identifier),
    ...(permitted.length === 0 ? [] : [write.permittedNames(permitted)]),
  ];
}
