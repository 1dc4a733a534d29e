import type { KeyKind } from '../domain/key-operations.js';
import { messageKeyUsages } from '../identity/request.js';
import type { Certificate } from '../x509/certificate.js';
import * as write from '../x509/write-extensions.js';

/** What a certificate is for: it decides about keyUsage and extKeyUsage. */
export type CertificateUse = 'message' | 'tls-server' | 'tls-client';

/** What sets one end-entity certificate's extensions apart from another's. */
export interface EndEntityProfile {
  /** By default `message`. */
  readonly use?: CertificateUse;
  /** Replaces what follows from `use`; an empty list leaves the extension out. */
  readonly keyUsages?: readonly write.KeyUsage[];
  /** Replaces what follows from `use`; an empty list leaves the extension out. */
  readonly purposes?: readonly write.Purpose[];
  /** Where the issuer's CRL can be fetched. */
  readonly crlUrls?: readonly string[];
}

const PURPOSES: Readonly<Record<CertificateUse, write.Purpose>> = {
  message: 'emailProtection',
  'tls-server': 'serverAuth',
  'tls-client': 'clientAuth',
};

/** TLS 1.3 only signs; RSA key transport is left for peers that still speak TLS 1.2 with it. */
function defaultKeyUsages(kind: KeyKind, use: CertificateUse): write.KeyUsage[] {
  if (use === 'message') return messageKeyUsages(kind);
  const isKeyTransport = use === 'tls-server' && kind === 'rsa';
  return isKeyTransport ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** The subject of the extensions: its key, and its names as a ready Extension. */
export interface EndEntity {
  readonly kind: KeyKind;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Uint8Array;
  /** The whole subjectAltName extension, DER. */
  readonly subjectAltName: Uint8Array | undefined;
}

/** The extensions of an end-entity certificate (RFC 5280, section 4.2.1), each DER. */
export function endEntityExtensions(
  entity: EndEntity,
  profile: EndEntityProfile,
  issuer: Certificate,
): Uint8Array[] {
  const use = profile.use ?? 'message';
  const usages = profile.keyUsages ?? defaultKeyUsages(entity.kind, use);
  const purposes = profile.purposes ?? [PURPOSES[use]];
  const issuerKey = issuer.subjectKeyIdentifier ?? write.keyIdentifierOf(issuer.spki);
  const extensions: (Uint8Array | undefined)[] = [
    write.basicConstraints({ ca: false }),
    usages.length === 0 ? undefined : write.keyUsage(usages),
    purposes.length === 0 ? undefined : write.extendedKeyUsage(purposes),
    write.subjectKeyIdentifier(write.keyIdentifierOf(entity.spki)),
    write.authorityKeyIdentifier(issuerKey),
    entity.subjectAltName,
    profile.crlUrls === undefined ? undefined : write.crlDistributionPoints(profile.crlUrls),
  ];
  return extensions.filter((one) => one !== undefined);
}
