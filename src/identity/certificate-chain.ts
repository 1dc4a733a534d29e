import { X509Certificate, type KeyObject } from 'node:crypto';
import { Asn1Error } from '../asn1/reader.js';
import { MsgError } from '../errors.js';
import { CertificateError, findExtension, type Certificate } from '../x509/certificate.js';
import { readBasicConstraints } from '../x509/extension-values.js';
import { isSameName } from '../x509/name.js';
import { EXTENSION } from '../x509/oids.js';

/** Certificates put in order. Whether to trust them is not asked here. */
export interface ArrangedChain {
  /** The end entity's. */
  readonly certificate: Certificate;
  /** Its issuers, nearest first, without the root. */
  readonly chain: readonly Certificate[];
  /** The self-signed certificate at the end, if it came along. */
  readonly root: Certificate | undefined;
  /** Those that belong to neither. */
  readonly unrelated: readonly Certificate[];
}

/**
 * Sorts certificates that came in any order into an end entity's, its issuers and the rest.
 *
 * @param spki the public key of one's own key; without it the only certificate that is not an
 *   authority's counts as the end entity's.
 * @throws MsgError `certificate-own` when none, or more than one, can be the end entity's.
 */
export function arrangeChain(
  certificates: readonly Certificate[],
  spki: Uint8Array | undefined,
): ArrangedChain {
  const distinct = [...new Map(certificates.map((one) => [one.fingerprint, one])).values()];
  const certificate = spki === undefined ? endEntityOf(distinct) : certificateFor(spki, distinct);
  const chain: Certificate[] = [];
  let rest = distinct.filter((one) => one !== certificate);
  let last = certificate;
  for (;;) {
    const child = last;
    const issuer = rest.find((one) => hasIssued(one, child));
    if (issuer === undefined) return { certificate, chain, root: undefined, unrelated: rest };
    rest = rest.filter((one) => one !== issuer);
    if (isSelfIssued(issuer)) return { certificate, chain, root: issuer, unrelated: rest };
    chain.push(issuer);
    last = issuer;
  }
}

/** A key that was certified more than once counts by its newest certificate. */
function certificateFor(spki: Uint8Array, certificates: readonly Certificate[]): Certificate {
  const [newest] = certificates
    .filter((one) => Buffer.from(spki).equals(one.spki))
    .sort((a, b) => b.notBefore - a.notBefore);
  if (newest !== undefined) return newest;
  throw new MsgError('certificate-own', 'no certificate here is for the private key', {
    hint: 'give the certificate that was issued for this key together with it',
  });
}

function endEntityOf(certificates: readonly Certificate[]): Certificate {
  const [only, another] =
    certificates.length === 1 ? certificates : certificates.filter((one) => !isAuthority(one));
  if (only !== undefined && another === undefined) return only;
  const found = only === undefined ? 'none' : 'more than one';
  throw new MsgError('certificate-own', `${found} of the certificates is an end entity's`, {
    hint: "give one's own certificate and the authorities that lead to it",
  });
}

function isAuthority(certificate: Certificate): boolean {
  const extension = findExtension(certificate, EXTENSION.basicConstraints);
  try {
    return extension !== undefined && readBasicConstraints(extension.value).ca;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

function isSelfIssued(certificate: Certificate): boolean {
  return isSameName(certificate.issuer, certificate.subject);
}

/** By name and signature: names alone repeat when an authority renews its key. */
function hasIssued(issuer: Certificate, certificate: Certificate): boolean {
  if (!isSameName(issuer.subject, certificate.issuer)) return false;
  const publicKey = publicKeyOf(issuer);
  return publicKey !== undefined && new X509Certificate(certificate.der).verify(publicKey);
}

/** The certificate's public key, or undefined where node:crypto cannot read it. */
export function publicKeyOf(certificate: Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}
