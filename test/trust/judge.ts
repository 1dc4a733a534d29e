import { validatePath, type PathRequest } from '../../src/trust/validate-path.js';
import type { Certificate } from '../../src/x509/certificate.js';
import type { RevocationList } from '../../src/x509/crl.js';
import { NOW, type Issued } from '../support/issue.js';

/** What a test asks; the rest is as the program asks it. */
export type Question = Partial<Omit<PathRequest, 'certificate' | 'anchors' | 'intermediates'>> & {
  readonly target: Issued;
  readonly anchors: readonly Issued[];
  readonly intermediates?: readonly Issued[];
  readonly crls?: readonly RevocationList[];
};

const certificateOf = ({ certificate }: Issued): Certificate => certificate;

/** `ok`, or the reason of the refusal. */
export function judge({ target, anchors, intermediates = [], ...rest }: Question): string {
  const verdict = validatePath({
    crls: [],
    time: NOW,
    revocation: 'if-available',
    ...rest,
    certificate: target.certificate,
    anchors: anchors.map(certificateOf),
    intermediates: intermediates.map(certificateOf),
  });
  return verdict.ok ? 'ok' : verdict.reason;
}
