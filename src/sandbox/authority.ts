import { Asn1Reader } from '../asn1/reader.js';
import { MsgError } from '../errors.js';
import { findExtension, type Certificate } from '../x509/certificate.js';
import type { CrlReason } from '../x509/crl.js';
import { parseDistinguishedName } from '../x509/distinguished-name.js';
import { EXTENSION } from '../x509/oids.js';
import { parseCertificate } from '../x509/parse.js';
import { readPublicKeyInfo } from '../x509/public-key-info.js';
import { parseRequest } from '../x509/request.js';
import {
  extension,
  keyIdentifierOf,
  subjectAltName,
  type AltName,
} from '../x509/write-extensions.js';
import { endEntityExtensions, type EndEntityProfile } from './certificate-profile.js';
import { newSerial, writeCertificate } from './certificate-writer.js';
import { writeCrl, type RevokedCertificate } from './crl-writer.js';
import {
  BACKDATED,
  DAY,
  foundAuthority,
  type AuthorityEnvironment,
  type AuthorityKey,
  type AuthorityKeys,
  type AuthorityOptions,
} from './found-authority.js';

/** When a certificate is valid and what it is for. */
export interface CertificateTerms extends EndEntityProfile {
  /** Unix milliseconds; by default five minutes ago, for clocks that differ. */
  readonly notBefore?: number;
  /** Unix milliseconds; by default a year from now. */
  readonly notAfter?: number;
}

/** What to put into an end-entity certificate. */
export interface IssueOptions extends CertificateTerms {
  /** RFC 4514 text, or a DER Name. */
  readonly subject: string | Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** subjectAltName. */
  readonly names?: readonly AltName[];
}

/** Everything an authority has to remember. */
export interface AuthorityState {
  readonly keys: AuthorityKeys;
  /** The number of the last CRL of each of `keys`. */
  readonly crlNumber: number;
  readonly revoked: readonly Revocation[];
}

/** A revoked certificate and which of the authority's keys had issued it. */
export interface Revocation extends RevokedCertificate {
  /** An index into {@link AuthorityState.keys}. */
  readonly issuer: number;
}

/** Founds an authority: a self-signed root and, when asked for, an intermediate below it. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const keys = await foundAuthority(options);
  return new Authority({ keys, crlNumber: 0, revoked: [] }, options);
}

/** A small certificate authority after RFC 5280, for the sandbox and for tests. */
export class Authority {
  readonly #environment: AuthorityEnvironment;
  #state: AuthorityState;

  constructor(state: AuthorityState, environment: AuthorityEnvironment) {
    this.#state = state;
    this.#environment = environment;
  }

  /** What has to be kept to go on later. */
  get state(): AuthorityState {
    return this.#state;
  }

  /** The trust anchor. */
  get root(): Certificate {
    return this.#state.keys[0].certificate;
  }

  /** What stands between an end entity's certificate and the root: the intermediate, or nothing. */
  get chain(): readonly Certificate[] {
    return this.#state.keys.slice(1).map((one) => one.certificate);
  }

  /** Issues an end-entity certificate for a public key. */
  async issue(options: IssueOptions): Promise<Certificate> {
    const { subject, spki, names = [] } = options;
    const name = typeof subject === 'string' ? parseDistinguishedName(subject) : subject;
    const isNameless = name.length === 2;
    const san = names.length === 0 ? undefined : subjectAltName(names, isNameless);
    return this.#certify({ subject: name, spki, subjectAltName: san }, options);
  }

  /**
   * Issues a certificate for a PKCS#10 request: its subject, key and subjectAltName are taken over,
   * every other extension follows from what the certificate is for.
   *
   * @throws MsgError `usage` when the request is malformed or its signature does not fit its key.
   */
  async issueFor(request: Uint8Array, terms: CertificateTerms = {}): Promise<Certificate> {
    const { subject, spki, extensions } = parseRequest(request);
    const wanted = findExtension({ extensions }, EXTENSION.subjectAltName);
    const san =
      wanted === undefined ? undefined : extension(wanted.oid, wanted.value, wanted.critical);
    return this.#certify({ subject, spki, subjectAltName: san }, terms);
  }

  /**
   * Revokes a certificate of this authority; CRLs say so from now on. Revoking it twice changes
   * nothing.
   *
   * @throws MsgError `usage` when another authority has issued it.
   */
  revoke(certificate: Certificate, reason: CrlReason = 'unspecified'): void {
    const issuer = this.#state.keys.findIndex((one) =>
      Buffer.from(one.certificate.subject).equals(certificate.issuer),
    );
    const serial = Buffer.from(certificate.serial).toString('hex');
    if (issuer < 0) throw new MsgError('usage', `certificate ${serial} is not of this authority`);
    if (this.#state.revoked.some((one) => one.serial === serial)) return;
    const entry = { serial, revokedAt: this.#environment.clock(), reason, issuer };
    this.#state = { ...this.#state, revoked: [...this.#state.revoked, entry] };
  }

  /**
   * Writes new CRLs, DER: the one for end-entity certificates first, then the root's own if an
   * intermediate issues.
   *
   * @param days how long they count as current.
   */
  async crls(days = 7): Promise<Buffer[]> {
    const number = this.#state.crlNumber + 1;
    this.#state = { ...this.#state, crlNumber: number };
    const lists = this.#state.keys.map((one, issuer) => this.#crl(one, { issuer, number, days }));
    return (await Promise.all(lists)).reverse();
  }

  #crl(
    { certificate, key }: AuthorityKey,
    list: { issuer: number; number: number; days: number },
  ): Promise<Buffer> {
    const now = this.#environment.clock();
    const fields = {
      issuer: certificate.subject,
      issuerKeyIdentifier: keyIdentifierOf(certificate.spki),
      number: list.number,
      thisUpdate: now,
      nextUpdate: now + list.days * DAY,
      revoked: this.#state.revoked.filter((one) => one.issuer === list.issuer),
    };
    return writeCrl(fields, key);
  }

  async #certify(
    entity: { subject: Uint8Array; spki: Uint8Array; subjectAltName: Uint8Array | undefined },
    terms: CertificateTerms,
  ): Promise<Certificate> {
    const now = this.#environment.clock();
    const issuer = this.#state.keys.at(-1) ?? this.#state.keys[0];
    const kind = readPublicKeyInfo(new Asn1Reader(entity.spki)).keyKind;
    if (kind === undefined) {
      throw new MsgError('usage', 'no certificate for this kind of key', {
        hint: 'use P-256, P-384 or RSA',
      });
    }
    const fields = {
      serial: newSerial(this.#environment.random),
      issuer: issuer.certificate.subject,
      subject: entity.subject,
      notBefore: terms.notBefore ?? now - BACKDATED,
      notAfter: terms.notAfter ?? now + 365 * DAY,
      spki: entity.spki,
      extensions: endEntityExtensions({ ...entity, kind }, terms, issuer.certificate),
    };
    return parseCertificate(await writeCertificate(fields, issuer.key));
  }
}
