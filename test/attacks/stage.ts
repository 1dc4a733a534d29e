import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { directoriesOf, profileDirectoriesOf } from '../../src/config/directories.js';
import { readProfileFile } from '../../src/config/profile-file.js';
import { parseProfileName } from '../../src/config/profile-name.js';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { openPeer } from '../../src/index.js';
import type { SoftwareKey } from '../../src/identity/software-key.js';
import type { KeyOperations } from '../../src/domain/key-operations.js';
import type { QuarantineRow } from '../../src/ledger/port.js';
import { defaultInbox } from '../../src/messaging/deps.js';
import { listen } from '../../src/messaging/listen.js';
import { LOOK_NOW, type PeerRecord } from '../../src/registry/port.js';
import { preparePublication } from '../../src/session/registration.js';
import { Session } from '../../src/session/session.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { OutgoingRecord } from '../../src/transport/port.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { raiseConsortium, type Consortium } from '../support/consortium.js';
import type { TestPeer } from '../support/pki.js';
import { sealFor } from '../support/sealed.js';

/*
 * The stage for attacks: a consortium on a real chain, with real keys, profiles and ledgers and the
 * embedded log. Alice writes honestly, bob listens with what `msg listen` listens with; everybody else
 * may be up to something.
 */

/** A record that somebody writes into the log, past msg. */
export interface Injection {
  readonly value: Uint8Array;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bob's inbox where absent. */
  readonly topic?: string;
  readonly partition?: number;
  /** What the log says about when it came; the truth where absent. */
  readonly appendedAt?: number;
}

/** A message as bob's application got it. */
export interface Delivered {
  readonly from: string;
  readonly id: string;
  readonly text: string;
}

/** What became of everything that was in bob's inbox. */
export interface Heard {
  readonly delivered: readonly Delivered[];
  /** What is in the quarantine now and was not before. */
  readonly refused: readonly QuarantineRow[];
  readonly duplicates: number;
}

/** How bob listens. */
export interface Listening {
  readonly topic?: string;
  /** How far bob's clock is ahead, in milliseconds. */
  readonly ahead?: number;
  /** Settings by name. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Another place for bob's state: a ledger of its own. */
  readonly state?: string;
  readonly adopt?: boolean;
}

/** A certificate on its way into the directory. */
export interface Publishing {
  /** The profile whose account pays. */
  readonly account: string;
  readonly name: string;
  readonly certificate: Certificate;
  /** Makes the proof of possession, where that is not given. */
  readonly key: KeyOperations;
  readonly proof?: Uint8Array;
}

/** Everything an attack needs. */
export interface Stage {
  readonly consortium: Consortium;
  /** A peer's certificate and key, as a thief or the peer itself has them. */
  identity(profile: string): Promise<TestPeer>;
  /** Admits a peer, certifies a key for it and registers it: an honest member so far. */
  enrol(name: string, account: number): Promise<TestPeer>;
  /** Opens a profile; closed after the suite. */
  session(profile: string, listening?: Listening): Session;
  /** Publishes in the directory whatever the account of a profile may publish. */
  publish(publishing: Publishing): Promise<PeerRecord>;
  /** A peer as the chain has it now. */
  record(name: string): Promise<PeerRecord>;
  inject(...records: readonly Injection[]): Promise<void>;
  /** Bob's program starts, takes what is there, and ends. */
  bobListens(listening?: Listening): Promise<Heard>;
  /**
   * Plays an attack: the records come in, then an honest message. Asserts that the honest one is
   * delivered and nothing of the others, and that whatever was refused is kept as it came.
   */
  attack(records: readonly Injection[], listening?: Listening): Promise<Heard>;
}

/** A stage for the suite around the call. */
export function attackStage(): Stage {
  let consortium: Consortium | undefined;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    consortium = await raiseConsortium();
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await consortium?.remove();
  });
  const there = (): Consortium => {
    if (consortium === undefined) throw new Error('the stage is not up');
    return consortium;
  };
  return stageOn(there, opened);
}

function stageOn(there: () => Consortium, opened: { close(): Promise<void> }[]): Stage {
  let honest = 0;
  const stage: Stage = {
    get consortium() {
      return there();
    },
    session(profile, listening) {
      const session = openSession(there(), profile, listening);
      opened.push(session);
      return session;
    },
    async identity(profile) {
      const { own, chain } = await stage.session(profile).ownKeys().signing();
      const { authority } = there().network;
      const { certificate } = own;
      const key = own.key as SoftwareKey;
      const keyPem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
      const pem = { certificatePem: certificateToPem(certificate), keyPem };
      const rootPem = certificateToPem(authority.root);
      return { name: profile, certificate, key, chain, authority, ...pem, rootPem };
    },
    async enrol(name, account) {
      const set = there();
      set.addProfile(name, account);
      await set.ok('registrar', ['registry', 'admit', name, '--owner', set.account(account)]);
      await set.certify(name, 'first');
      await set.ok(name, ['register']);
      return stage.identity(name);
    },
    async record(name) {
      const record = await stage.session('alice').book().find(parsePeerName(name), LOOK_NOW);
      if (record === undefined) throw new Error(`there is no peer ${name}`);
      return record;
    },
    async publish({ account, name, certificate, key, proof }) {
      const session = stage.session(account);
      const record = await stage.record(name);
      const { chainId, address: directory } = await session.book().head(LOOK_NOW);
      const { chain } = there().network.authority;
      const own = { certificate, key };
      const prepared = await preparePublication({ own, chain, record, chainId, directory });
      const writer = await session.writer();
      await writer.publish({ ...prepared, ...(proof === undefined ? {} : { proof }) });
      return stage.record(name);
    },
    inject: (...records) => inject(there(), records),
    bobListens: (listening) => bobListens(there(), listening),
    async attack(records, listening) {
      await stage.inject(...records);
      const alice = openPeer({ profile: 'alice', env: { MSG_HOME: there().home } });
      const text = `honest ${++honest}`;
      const { id } = await alice.send('bob', { payload: Buffer.from(text) });
      await alice.close();
      const heard = await stage.bobListens(listening);
      expect(heard.delivered).toEqual([{ from: 'alice', id, text }]);
      const injected = records.map(({ value }) => hash('sha256', value, 'hex'));
      for (const { sha256 } of heard.refused) expect(injected).toContain(sha256);
      return heard;
    },
  };
  return stage;
}

function openSession(
  { home }: Consortium,
  profile: string,
  { ahead = 0, flags = {}, state }: Listening = {},
): Session {
  const elsewhere = state === undefined ? {} : settingsOf(home, profile);
  const session = new Session({
    profile: state === undefined ? profile : undefined,
    flags: { 'book.max-age': '0s', ...elsewhere, ...flags },
    env: { MSG_HOME: state ?? home },
    ...{ cwd: home, clock: () => Date.now() + ahead, random: randomBytes },
    ask: () => Promise.reject(new Error('nobody is there to be asked')),
    ...{ warn: () => undefined, debug: () => undefined, hide: () => undefined },
  });
  return session;
}

/** The settings of a profile, for who has no profile. */
function settingsOf(home: string, profile: string): Readonly<Record<string, string>> {
  const directories = directoriesOf({ env: { MSG_HOME: home }, home, cwd: home });
  const fields = readProfileFile(directories).profiles.get(parseProfileName(profile));
  const { keys } = profileDirectoriesOf(directories, parseProfileName(profile));
  return { ...Object.fromEntries(fields ?? []), keys };
}

async function inject(consortium: Consortium, records: readonly Injection[]): Promise<void> {
  const { transport } = openSession(consortium, 'bob').settings;
  if (transport.value?.kind !== 'embedded') throw new Error('bob has no embedded log');
  const { path } = transport.value;
  for (const { appendedAt, topic = 'msg.in.bob', partition = 0, ...record } of records) {
    const clock = () => appendedAt ?? Date.now();
    const log = openEmbeddedLog({ path, clock, random: randomBytes });
    await log.ensureTopic({ topic, partitions: 3, retention: 10 * 365 * 86_400_000 });
    const outgoing: OutgoingRecord = { key: 'alice', headers: {}, ...record };
    await log.publish(topic, partition, [outgoing]);
    await log.close();
  }
}

async function bobListens(consortium: Consortium, listening: Listening = {}): Promise<Heard> {
  const session = openSession(consortium, 'bob', listening);
  const deps = session.messaging();
  const before = new Set((await deps.ledger.quarantine.list({})).map(({ number }) => number));
  const delivered: Delivered[] = [];
  const { duplicates } = await listen(deps, {
    topic: listening.topic ?? defaultInbox(deps.self),
    from: { from: 'committed' },
    sink: {
      async deliver({ header, payload }) {
        const text = Buffer.from(await payload.bytes()).toString();
        delivered.push({ from: header.from, id: header.id, text });
        return {};
      },
    },
    ...{ owner: session.processName, lanes: 1, count: undefined, untilEmpty: true },
    ...{ idleTimeout: undefined, isGone: () => false, adopt: listening.adopt ?? false },
    ...{ giveUpAfter: 60_000, flush: [], onEvent: () => undefined },
    signal: new AbortController().signal,
  });
  const rows = await deps.ledger.quarantine.list({});
  await session.close();
  return { delivered, refused: rows.filter(({ number }) => !before.has(number)), duplicates };
}

/** Why each was refused, in order. */
export function reasonsOf({ refused }: Heard): readonly string[] {
  return refused.map(({ reason }) => reason);
}

/** A message as its sender seals it, just now. */
export function sealNow(
  from: TestPeer,
  to: readonly TestPeer[],
  text: string,
  fields: Partial<Header> = {},
): Promise<Uint8Array> {
  const [sent, id] = [Date.now(), freshId()];
  return sealFor(from, to, Buffer.from(text), {
    fields: { sent, id, ...fields },
    signingTime: sent,
  });
}

/** A message id of its own. */
export function freshId(): MessageId {
  return newMessageId(Date.now, randomBytes);
}

/** The same key and certificate under another name: what a liar puts into `from`. */
export function posingAs(name: string, peer: TestPeer): TestPeer {
  return { ...peer, name: parsePeerName(name) };
}
