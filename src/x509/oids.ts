/** Object identifiers of X.509, as the hexadecimal digits of their contents. */

/** Extensions of certificates, CRLs and CRL entries (RFC 5280, sections 4.2, 5.2 and 5.3). */
export const EXTENSION = {
  subjectKeyIdentifier: '551d0e',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  issuerAltName: '551d12',
  basicConstraints: '551d13',
  crlNumber: '551d14',
  reasonCode: '551d15',
  invalidityDate: '551d18',
  deltaCrlIndicator: '551d1b',
  issuingDistributionPoint: '551d1c',
  certificateIssuer: '551d1d',
  nameConstraints: '551d1e',
  crlDistributionPoints: '551d1f',
  certificatePolicies: '551d20',
  policyMappings: '551d21',
  authorityKeyIdentifier: '551d23',
  policyConstraints: '551d24',
  extKeyUsage: '551d25',
  freshestCrl: '551d2e',
  inhibitAnyPolicy: '551d36',
} as const;

/** Public keys (RFC 3279, RFC 5480, RFC 8410). */
export const KEY = {
  rsa: '2a864886f70d010101',
  rsaPss: '2a864886f70d01010a',
  ec: '2a8648ce3d0201',
  dsa: '2a8648ce380401',
  ed25519: '2b6570',
} as const;

/** Named curves (RFC 5480, section 2.1.1.1). */
export const CURVE = {
  p256: '2a8648ce3d030107',
  p384: '2b81040022',
  p521: '2b81040023',
} as const;

/** Extended key usages (RFC 5280, section 4.2.1.12). */
export const PURPOSE = {
  any: '551d2500',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
  emailProtection: '2b06010505070304',
} as const;

/** The policy that stands for all others (RFC 5280, section 4.2.1.4). */
export const ANY_POLICY = '551d2000';
