import { parsePeerName, type PeerName } from '../domain/peer-name.js';
import { verifyPeer } from '../messaging/verify-peer.js';
import { LOOK_NOW, type Freshness } from '../registry/port.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { inquire, READER_CHECKS, type Inquiry } from './peer-inquiry.js';
import { isoTime } from './peer-json.js';
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
 * @throws MsgError what the directory cannot be asked with, `peer-unknown`, `peer-inactive`,
 *   `peer-certificate` or `peer-untrusted` when a check fails, `revocation-unknown` when one cannot be
 *   made now.
 */
export async function run(options: PeerVerifyOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const { clock } = context;
  const at = options.at === undefined ? clock() : parseTime(options.at, clock());
  const anew = options.refresh === true;
  const session = await context.session();
  const [judge, book] = [session.judge(), session.book()];
  const look = (freshness: Freshness): Promise<Inquiry> =>
    inquire({ name, book, freshness, clock }, (record) => verifyPeer({ record, at, anew }, judge));
  const freshness = anew ? LOOK_NOW : session.freshness;
  const cached = await look(freshness);
  // As every reader does: what the cache refuses may have been mended since.
  const isRefused = cached.record !== undefined && cached.failure !== undefined;
  const found = isRefused ? await look({ ...freshness, maxAge: 0 }) : cached;
  const { stdout } = context.io;
  await stdout.write(
    context.json
      ? `${JSON.stringify(describe(found, name, at))}\n`
      : renderTable({ columns: COLUMNS, rows: rowsOf(found) }, stdout),
  );
  if (found.failure !== undefined) throw found.failure;
}

const COLUMNS = [{ title: 'check' }, { title: 'result' }, { title: 'reason' }];

/** Every check in its order; those after the one that failed were not made. */
function rowsOf({ steps }: Inquiry): readonly (readonly string[])[] {
  return READER_CHECKS.map((check) => {
    const step = steps.find((one) => one.check === check);
    if (step === undefined) return [check, 'not made', ''];
    return [check, step.passed ? 'pass' : 'fail', step.detail];
  });
}

function describe({ steps, record }: Inquiry, name: PeerName, at: number): object {
  const newest = record?.certificates.at(-1);
  const failed = steps.find(({ passed }) => !passed);
  return {
    ...{ peer: name, at: isoTime(at), index: newest?.index ?? null },
    ...{ fingerprint: newest?.fingerprint ?? null, trusted: failed === undefined },
    ...(failed === undefined ? {} : { failed: failed.check, reason: failed.detail }),
    steps: steps.map(({ check, passed, detail, transient }) => ({
      ...{ check, passed, detail, transient },
    })),
    notMade: READER_CHECKS.slice(steps.length),
  };
}
