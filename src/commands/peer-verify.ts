import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { findPeer } from '../messaging/recipients.js';
import {
  PEER_CHECKS,
  peerRefused,
  verifyPeer,
  type PeerVerdict,
} from '../messaging/verify-peer.js';
import {
  LOOK_NOW,
  type CertificateVersion,
  type Freshness,
  type PeerRecord,
} from '../registry/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { describeVerdict, isoTime } from './peer-json.js';
import type { PeerListOptions } from './peer-list.js';
import { parseTime } from './time-argument.js';

/** What `msg peer verify` was asked for. */
export interface PeerVerifyOptions extends PeerListOptions {
  readonly name: string;
  /** Judge validity as of this time; the directory is judged as it is now. */
  readonly at?: string | undefined;
}

/**
 * Makes every check that a reader makes, in the reader's order, and shows each with its reason.
 *
 * @throws MsgError `peer-inactive`, `peer-certificate` or `peer-untrusted` when one fails,
 *   `revocation-unknown` when one cannot be made now.
 */
export async function run(options: PeerVerifyOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const at = options.at === undefined ? context.clock() : parseTime(options.at, context.clock());
  const session = await context.session();
  const judge = session.judge();
  const freshness = options.refresh === true ? LOOK_NOW : session.freshness;
  const anew = options.refresh === true;
  const look = async (wanted: Freshness): Promise<Judged> => {
    const record = await findPeer(name, session.book(), wanted);
    return { record, verdict: await verifyPeer({ record, at, anew }, judge) };
  };
  const cached = await look(freshness);
  // As every reader does: what the cache refuses may have been mended since.
  const { record, verdict } = cached.verdict.trusted
    ? cached
    : await look({ ...freshness, maxAge: 0 });
  const { stdout } = context.io;
  await stdout.write(
    context.json
      ? `${JSON.stringify(describe(record, verdict, at))}\n`
      : renderTable({ columns: COLUMNS, rows: rowsOf(verdict) }, stdout),
  );
  if (verdict.trusted) return;
  const refusal = peerRefused(name, verdict.failed);
  if (refusal.retryable) throw refusal;
  throw new MsgError(refusal.code, refusal.message, { hint: HINTS[verdict.failed.check] });
}

interface Judged {
  readonly record: PeerRecord;
  readonly verdict: PeerVerdict;
}

const COLUMNS = [{ title: 'check' }, { title: 'result' }, { title: 'reason' }];

const HINTS = {
  status: 'ask the registrar of the consortium why',
  version: 'the peer has to publish a certificate: msg register, or after a revocation msg rotate',
  pin: 'the chain node may be lying: ask another one',
  path: 'compare trust.anchors and trust.crls with what the peer uses, or ask it to renew; trust.revocation says which certificates need a revocation list',
  name: 'compare trust.naming with how the consortium names its peers',
  proof: 'the peer has to publish its certificate anew: msg register',
} as const;

/** Every check in its order; those after the one that failed were not made. */
function rowsOf({ steps }: PeerVerdict): readonly (readonly string[])[] {
  return PEER_CHECKS.map((check) => {
    const step = steps.find((one) => one.check === check);
    if (step === undefined) return [check, 'not made', ''];
    return [check, step.passed ? 'pass' : 'fail', step.detail];
  });
}

function describe(record: PeerRecord, verdict: PeerVerdict, at: number): object {
  const newest: CertificateVersion | undefined = record.certificates.at(-1);
  return {
    ...{ peer: record.name, at: isoTime(at), index: newest?.index ?? null },
    ...{ fingerprint: newest?.fingerprint ?? null, ...describeVerdict(verdict) },
    steps: verdict.steps.map(({ check, passed, detail, transient }) => ({
      ...{ check, passed, detail, transient },
    })),
    notMade: PEER_CHECKS.slice(verdict.steps.length),
  };
}
