import { randomBytes } from 'node:crypto';
import { parsePeerName } from '../../../src/domain/peer-name.js';
import { newMessageId } from '../../../src/domain/message-id.js';
import type { Header } from '../../../src/envelope/header.js';
import { seal } from '../../../src/envelope/seal.js';
import { KeyStore } from '../../../src/identity/store.js';
import { recordFor } from '../../../src/messaging/publish.js';
import { parseAddress } from '../../../src/registry/address.js';
import { AddressBookCache } from '../../../src/registry/cache.js';
import type { DirectoryPeer } from '../../../src/registry/directory-peer.js';
import { parseCertificate } from '../../../src/x509/parse.js';
import { until } from '../../support/until.js';
import { JsonLineReader } from '../traffic/journal.js';
import { otherOf, type Running, type Side, type Stage } from '../traffic/stage.js';

/** How often files and caches are looked at, in milliseconds. */
const LOOK_EVERY = 250;

/** So many messages are signed with each revoked key. */
const FORGERIES = 5;

/** What a rotating side works with. */
export interface RotatorOptions {
  readonly stage: Stage;
  readonly side: Side;
  /** The other side's listener, which says who signed what it delivered. */
  readonly listener: Running;
  readonly rotations: number;
  /** The kinds of key, as `msg identity create --type` names them, in turn. */
  readonly keys: readonly string[];
  /** For how long a step may take before the run counts as stuck, in milliseconds. */
  readonly patience: number;
  readonly onStep: (sentence: string) => void;
}

/** What a side did. */
export interface Rotated {
  /** The ids of the messages that were signed with revoked keys. */
  readonly forged: readonly string[];
}

/**
 * Replaces a side's certificate again and again, each time as soon as the other side has delivered a
 * message that the newest one signed. What nobody signs with any more is revoked, and once the other
 * side knows that, messages are forged with it.
 */
export async function rotateRepeatedly(options: RotatorOptions): Promise<Rotated> {
  const { stage, side, rotations, keys, patience, onStep } = options;
  const signers = new Signers(options.listener);
  const forging: Promise<readonly string[]>[] = [];
  const labels = [new KeyStore(stage.keysOf(side)).current()?.label ?? ''];
  for (let version = 1; version <= rotations; version += 1) {
    const label = `key-${version}`;
    await stage.certify(side, label, keys[version % keys.length] ?? 'p256');
    await stage.msg(side, ['rotate', '--label', label]);
    labels.push(label);
    const signer = new KeyStore(stage.keysOf(side)).find(label).certificate?.fingerprint ?? '';
    const what = `${otherOf(side)} has delivered a message signed by version ${version} of ${side}`;
    await until(what, () => patiently(() => signers.has(signer)), patience);
    onStep(what);
    if (version < 2) continue;
    const index = version - 2;
    const reason = index % 2 === 0 ? 'superseded' : 'keyCompromise';
    await stage.msg(side, ['revoke', '--reason', reason, '--index', String(index), '--yes']);
    forging.push(forgeOnceKnown(options, { index, label: labels[index] ?? '' }));
  }
  return { forged: (await Promise.all(forging)).flat() };
}

/** Signs messages with a revoked key as soon as the other side's address book has the revocation. */
async function forgeOnceKnown(
  { stage, side, patience, onStep }: RotatorOptions,
  { index, label }: { readonly index: number; readonly label: string },
): Promise<readonly string[]> {
  const victim = otherOf(side);
  const { chainId, directory } = stage.network.state;
  const book = new AddressBookCache({
    path: stage.bookOf(victim),
    ...{ chainId: BigInt(chainId), address: parseAddress(directory) },
  });
  const find = (name: Side): DirectoryPeer | undefined => book.find(parsePeerName(name));
  try {
    const isKnown = () => find(side)?.certificates[index]?.revokedAt !== undefined;
    const what = `${victim} knows that version ${index} of ${side} is revoked`;
    await until(what, () => patiently(isKnown), patience);
    const store = new KeyStore(stage.keysOf(side));
    const signer = await store.loadCurrent(() => Promise.resolve(undefined), store.find(label));
    const recipient = parseCertificate(find(victim)?.certificates.at(-1)?.leaf ?? Buffer.of());
    const ids: string[] = [];
    for (let count = 0; count < FORGERIES; count += 1) {
      const id = newMessageId(Date.now, randomBytes);
      const payload = Buffer.from(JSON.stringify({ forged: true, id }));
      const header: Header = {
        ...{ v: 1, id, kind: 'message', from: parsePeerName(side), sent: Date.now() },
        to: [{ peer: parsePeerName(victim), cert: recipient.fingerprint }],
        ...{ contentType: 'application/json', size: payload.length, name: `forged-${id}.json` },
      };
      const recipients = [{ certificate: recipient }];
      const sealing = { header, payload, signer, recipients, signingTime: header.sent };
      const record = recordFor(header, await seal(sealing, randomBytes), header.from);
      await stage.network.carrier.administration.publish(`msg.in.${victim}`, 0, [record]);
      ids.push(id);
    }
    onStep(`forged ${ids.length} messages with the revoked version ${index} of ${side}`);
    return ids;
  } finally {
    book.close();
  }
}

/** Whose signatures a listener has delivered so far. */
class Signers {
  readonly #lines: JsonLineReader;
  readonly #seen = new Set<string>();

  constructor({ stdout }: Running) {
    this.#lines = new JsonLineReader(stdout);
  }

  has(fingerprint: string): boolean {
    for (const line of this.#lines.read()) this.#seen.add((line as { signer: string }).signer);
    return this.#seen.has(fingerprint);
  }
}

/** Looks, and when it was in vain takes a break first. */
async function patiently(look: () => boolean): Promise<boolean> {
  if (look()) return true;
  await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  return false;
}
