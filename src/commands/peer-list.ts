import { verifyPeer, type CertificateJudge, type PeerVerdict } from '../messaging/verify-peer.js';
import { LOOK_NOW, type PeerRecord } from '../registry/port.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { hasTrust } from '../session/trust-rules.js';
import { renderTable } from '../terminal/table.js';
import { describePeer, isoTime, readVersion, reasonOf } from './peer-json.js';

/** What `msg peer list` was asked for. */
export interface PeerListOptions {
  /** Look at the chain now, and fail when it cannot be reached. */
  readonly refresh?: boolean | undefined;
}

/** Lists the directory's peers by name, each with whether it is trusted now. */
export async function run(options: PeerListOptions, context: Context): Promise<void> {
  const session = await context.session();
  const records = await session
    .book()
    .list(options.refresh === true ? LOOK_NOW : session.freshness);
  const judge = judgeOf(session, context);
  const judged = records.map(async (record) => ({
    record,
    verdict: judge && (await judgeNow(record, judge, context)),
  }));
  const peers = (await Promise.all(judged)).sort((one, other) =>
    one.record.name < other.record.name ? -1 : 1,
  );
  const { stdout } = context.io;
  const text = context.json
    ? peers.map((peer) => `${JSON.stringify(describePeer(peer.record, peer.verdict))}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: peers.map(cells) }, stdout);
  await stdout.write(text);
  if (peers.length === 0) context.report.note('the directory has no peers yet');
}

/** The profile's judge; undefined, with a warning, for a profile that trusts nobody yet. */
export function judgeOf(session: Session, { report }: Context): CertificateJudge | undefined {
  if (hasTrust(session.settings)) return session.judge();
  report.warn('certificates are not judged: trust.anchors is not set');
  return undefined;
}

/** Whether a peer is trusted now. */
export function judgeNow(
  record: PeerRecord,
  judge: CertificateJudge,
  { clock }: Pick<Context, 'clock'>,
): Promise<PeerVerdict> {
  return verifyPeer({ record, at: clock() }, judge);
}

const COLUMNS = [
  { title: 'peer', whole: true },
  { title: 'status' },
  { title: 'version', align: 'right' as const },
  { title: 'valid until', whole: true },
  { title: 'verdict' },
];

function cells({
  record,
  verdict,
}: {
  readonly record: PeerRecord;
  readonly verdict: PeerVerdict | undefined;
}): readonly string[] {
  const newest = record.certificates.at(-1);
  const certificate = newest && readVersion(newest);
  return [
    record.name,
    record.status,
    newest === undefined ? '-' : String(newest.index),
    certificate === undefined ? '-' : isoTime(certificate.notAfter),
    verdict === undefined ? '-' : verdict.trusted ? 'trusted' : reasonOf(verdict.failed),
  ];
}
