import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { newMessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { seal } from '../../src/envelope/seal.js';
import type { OwnKey } from '../../src/envelope/types.js';
import { KeyStore } from '../../src/identity/store.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';

/** The sandbox's own directory below MSG_HOME. */
export function sandboxDirectoryIn(home: string): string {
  return join(home, 'state', '.sandbox');
}

/** Publishes bytes to a peer's inbox past msg, as anyone with access to the log can. */
export async function publishRaw(home: string, to: string, values: readonly Uint8Array[]) {
  const path = join(sandboxDirectoryIn(home), 'log.db');
  const log = openEmbeddedLog({ path, clock: Date.now, random: randomBytes });
  try {
    const headers = { 'msg-from': 'mallory' };
    const records = values.map((value) => ({ key: 'mallory', value, headers }));
    await log.publish(`msg.in.${to}`, 0, records);
  } finally {
    await log.close();
  }
}

/** The key that a peer of the sandbox has. */
export function keyOf(home: string, peer: string): Promise<OwnKey> {
  const store = new KeyStore(join(home, 'data', peer, 'keys'));
  return store.loadCurrent(() => Promise.resolve(undefined));
}

/** Seals a message of a peer of the sandbox to another one, with whatever a test decides. */
export async function sealBetween(
  { home, from, to }: { readonly home: string; readonly from: string; readonly to: string },
  payload: Uint8Array,
  fields: Partial<Header> = {},
): Promise<Uint8Array> {
  const [signer, { certificate }] = await Promise.all([keyOf(home, from), keyOf(home, to)]);
  const now = Date.now();
  const header: Header = {
    ...{ v: 1, id: newMessageId(Date.now, randomBytes), kind: 'message' },
    from: parsePeerName(from),
    to: [{ peer: parsePeerName(to), cert: certificate.fingerprint }],
    ...{ sent: now, contentType: 'application/octet-stream', size: payload.length },
    ...fields,
  };
  const recipients = [{ certificate }];
  return seal({ header, payload, signer, recipients, signingTime: now }, randomBytes);
}
