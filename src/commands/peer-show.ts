import { parsePeerName } from '../domain/peer-name.js';
import { findPeer } from '../messaging/recipients.js';
import type { Context } from '../runtime.js';
import { LOOK_NOW } from '../registry/port.js';
import { outline } from './outline.js';
import { describePeer } from './peer-json.js';
import { judgeNow, judgeOf, type PeerListOptions } from './peer-list.js';

/** What `msg peer show` was asked for. */
export interface PeerShowOptions extends PeerListOptions {
  readonly name: string;
}

/** Shows a peer's whole record: accounts, status, profile, and every version it published. */
export async function run(options: PeerShowOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const session = await context.session();
  const freshness = options.refresh === true ? LOOK_NOW : session.freshness;
  const record = await findPeer(name, session.book(), freshness);
  const judge = judgeOf(session, context);
  const described = describePeer(record, judge && (await judgeNow(record, judge, context)));
  await context.io.stdout.write(
    `${context.json ? JSON.stringify(described) : outline(described)}\n`,
  );
}
