import type { Evidence, EvidenceKind } from '../../ledger/port.js';
import { validatePath } from '../../trust/validate-path.js';
import { explainRefusal } from '../../trust/verdict.js';
import type { Certificate } from '../../x509/certificate.js';
import { parseCrl, type RevocationList } from '../../x509/crl.js';
import { parseCertificate } from '../../x509/parse.js';

/** A certificate, and what was kept to judge it by. */
export interface KeptPath {
  readonly certificate: Certificate;
  /** The moment to judge for, in Unix milliseconds. */
  readonly at: number;
  readonly evidence: readonly Evidence[];
  /** Under which names its issuers and its anchor are kept. */
  readonly kinds: readonly [issuers: EvidenceKind, anchor: EvidenceKind];
  readonly isAnchorNow: (anchor: Certificate) => boolean;
}

/** What a check found. */
export interface Found {
  readonly passed: boolean;
  readonly detail: string;
}

/** Whether the certificate led to the anchor that was relied on. */
export function pathStep(kept: KeptPath): Found {
  const { anchors } = certificatesOf(kept);
  if (anchors.length === 0) return { passed: false, detail: 'no trust anchor was kept' };
  const verdict = judge(kept, kept.at, []);
  if (!verdict.ok) return { passed: false, detail: explainRefusal(verdict) };
  const anchor = verdict.path.at(-1);
  const isKnown = anchor !== undefined && kept.isAnchorNow(anchor);
  const today = isKnown
    ? 'which is one today'
    : 'which is none by the settings of today: compare it';
  const name = anchor?.fingerprint.slice(0, 16) ?? '';
  const when = new Date(kept.at).toISOString();
  return { passed: true, detail: `led to the trust anchor ${name} on ${when}, ${today}` };
}

/** Whether the lists that were at hand when it came say that it was revoked. */
export function revocationStep(kept: KeptPath, receivedAt: number): Found {
  const lists = kept.evidence.filter(({ kind }) => kind === 'crl').map(({ content }) => content);
  if (lists.length === 0) return { passed: true, detail: 'no revocation list was at hand' };
  const verdict = judge(kept, receivedAt, lists.map(parseCrl));
  if (!verdict.ok) {
    const detail = explainRefusal(verdict);
    return { passed: verdict.reason !== 'revoked', detail };
  }
  const count = lists.length === 1 ? 'the list' : `the ${lists.length} lists`;
  return verdict.revocationChecked
    ? { passed: true, detail: `not revoked by ${count} at hand when it came` }
    : { passed: true, detail: `${count} at hand when it came did not cover it` };
}

function judge(kept: KeptPath, time: number, crls: readonly RevocationList[]) {
  const { intermediates, anchors } = certificatesOf(kept);
  return validatePath({
    ...{ certificate: kept.certificate, intermediates, anchors, crls, time },
    revocation: crls.length === 0 ? 'off' : 'if-available',
  });
}

function certificatesOf({ evidence, kinds: [issuer, anchor] }: KeptPath) {
  const ofKind = (wanted: EvidenceKind): readonly Certificate[] =>
    evidence.filter(({ kind }) => kind === wanted).map(({ content }) => parseCertificate(content));
  return { intermediates: ofKind(issuer), anchors: ofKind(anchor) };
}
