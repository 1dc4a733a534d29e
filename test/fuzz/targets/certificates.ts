import { sign, type KeyObject } from 'node:crypto';
import { TAG } from '../../../src/asn1/values.js';
import { sequence, tlv } from '../../../src/asn1/writer.js';
import { deltaSourcesOf, sourcesOf } from '../../../src/crl/points.js';
import { parsePeerName } from '../../../src/domain/peer-name.js';
import { describeCertificate } from '../../../src/identity/describe.js';
import { namesPeer, parseNamingPolicy } from '../../../src/trust/naming.js';
import { validatePath } from '../../../src/trust/validate-path.js';
import { CertificateError, type Certificate } from '../../../src/x509/certificate.js';
import { parseCrl, type RevocationList } from '../../../src/x509/crl.js';
import { parseCertificate } from '../../../src/x509/parse.js';
import { certificateToPem } from '../../../src/x509/pem.js';
import type { Chance } from '../../torture/delivery/chance.js';
import type { TrustPath } from '../corpus.js';
import { mutateDer } from '../der-mutations.js';
import { Breach, refusedAs, type Outcome, type Target } from '../target.js';

const ACME = parsePeerName('acme');
const POLICIES = [
  'uri:msg://{name}',
  'dns:{name}.example',
  'subject:CN={name}',
  'organisation:{name}',
].map(parseNamingPolicy);

/** A changed member of a path: one of its certificates, or one of its lists. */
type Member =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'crl'; readonly crl: RevocationList };

/**
 * Certificates and revocation lists, changed by somebody who cannot sign them: whatever is accepted
 * then has to be accepted without the changed one, too, or be signed as it was.
 */
export function pathTarget(paths: readonly TrustPath[], donors: readonly Buffer[]): Target {
  return {
    name: 'path',
    weight: 30,
    make(chance) {
      const path = chance.oneOf(paths);
      const count = path.certificates.length + path.crls.length;
      const index = chance.happens(0.3) ? 0 : chance.between(0, count - 1);
      const isCrl = index >= path.certificates.length;
      const at = isCrl ? index - path.certificates.length : index;
      const original = (isCrl ? path.crls[at] : path.certificates[at])?.der ?? Buffer.alloc(0);
      const bytes = mutateDer(Buffer.from(original), chance, donors);
      return {
        sample: `${path.name}, ${isCrl ? 'list' : 'certificate'} ${at}`,
        bytes,
        read: () => readMember(path, { isCrl, at, bytes, original }),
      };
    },
  };
}

interface Change {
  readonly isCrl: boolean;
  readonly at: number;
  readonly bytes: Buffer;
  readonly original: Uint8Array;
}

function readMember(path: TrustPath, { isCrl, at, bytes, original }: Change): Outcome {
  let member: Member;
  try {
    member = parseMember(isCrl, bytes);
  } catch (error) {
    return refusedAs(error, CertificateError);
  }
  if (!judge(path, at, member)) return 'refused';
  if (isSigned(isCrl, member, original) || judge(path, at, undefined, isCrl)) return 'same';
  throw new Breach('it is accepted, and would not be without what was changed');
}

function parseMember(isCrl: boolean, bytes: Buffer): Member {
  if (!isCrl) {
    const certificate = parseCertificate(bytes);
    describe(certificate);
    return { kind: 'certificate', certificate };
  }
  const crl = parseCrl(bytes);
  deltaSourcesOf(crl);
  return { kind: 'crl', crl };
}

/** What else is done with a certificate before anybody trusts it. */
function describe(certificate: Certificate): void {
  sourcesOf(certificate);
  certificateToPem(certificate);
  for (const policy of POLICIES) namesPeer(certificate, ACME, policy);
  describeCertificate(certificate);
}

/** Judges a path with another member in one place, or with none there. */
function judge(path: TrustPath, at: number, member: Member | undefined, isCrl = false): boolean {
  const place = (kind: Member['kind']): number =>
    (member?.kind ?? (isCrl ? 'crl' : 'certificate')) === kind ? at : -1;
  const certificates = path.certificates.flatMap((one, index) =>
    index !== place('certificate')
      ? [one]
      : member?.kind === 'certificate'
        ? [member.certificate]
        : [],
  );
  const crls = path.crls.flatMap((one, index) =>
    index !== place('crl') ? [one] : member?.kind === 'crl' ? [member.crl] : [],
  );
  const [certificate, ...intermediates] = certificates;
  if (certificate === undefined || (member === undefined && !isCrl && at === 0)) return false;
  return validatePath({ ...path.conditions, certificate, intermediates, crls }).ok;
}

/** Whether what is signed was not changed: the signature's own encoding may have been. */
function isSigned(isCrl: boolean, member: Member, original: Uint8Array): boolean {
  const tbs = isCrl ? parseCrl(original).tbs : parseCertificate(original).tbs;
  const changed = member.kind === 'crl' ? member.crl.tbs : member.certificate.tbs;
  return Buffer.compare(tbs, changed) === 0;
}

/**
 * The same changed by their own authority, which signs whatever it likes: the answer is a verdict, of
 * whichever kind.
 */
export function issuedTarget(paths: readonly TrustPath[], donors: readonly Buffer[]): Target {
  const able = paths.flatMap((path) =>
    path.issuerKey === undefined ? [] : [{ path, key: path.issuerKey }],
  );
  return {
    name: 'issued',
    weight: 25,
    make(chance) {
      const { path, key } = chance.oneOf(able);
      const isCrl = chance.happens(0.3);
      const at = isCrl ? path.crls.length - 1 : 0;
      const from = isCrl ? path.crls[at] : path.certificates[at];
      const bytes = signAnew(from, { chance, donors, key });
      return {
        sample: `${path.name}, ${isCrl ? 'list' : 'certificate'} ${at}`,
        bytes,
        read: () => {
          try {
            return judge(path, at, parseMember(isCrl, bytes)) ? 'signed' : 'refused';
          } catch (error) {
            return refusedAs(error, CertificateError);
          }
        },
      };
    },
  };
}

interface Signing {
  readonly chance: Chance;
  readonly donors: readonly Buffer[];
  readonly key: KeyObject;
}

function signAnew(
  from: Pick<Certificate, 'tbs' | 'signatureAlgorithm'> | undefined,
  { chance, donors, key }: Signing,
): Buffer {
  if (from === undefined) throw new Error('nothing to sign');
  const tbs = mutateDer(Buffer.from(from.tbs), chance, donors);
  const signature = tlv(TAG.bitString, Buffer.of(0), sign('sha256', tbs, key));
  return sequence(tbs, from.signatureAlgorithm, signature);
}
