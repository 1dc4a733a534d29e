import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { newMessageId, type MessageId } from '../../src/domain/message-id.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { Header } from '../../src/envelope/header.js';
import { openPeer } from '../../src/index.js';
import type { KeyOperations } from '../../src/domain/key-operations.js';
import { parseAddress } from '../../src/registry/address.js';
import { openDirectoryWriter } from '../../src/registry/ethers.js';
import { LOOK_NOW, type PeerRecord } from '../../src/registry/port.js';
import { RpcClient } from '../../src/registry/rpc.js';
import type { DirectoryWriter } from '../../src/registry/writer-port.js';
import { preparePublication } from '../../src/session/registration.js';
import type { Session } from '../../src/session/session.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { raiseConsortium, type Consortium } from '../support/consortium.js';
import { identityOf } from '../support/identity-of.js';
import type { TestPeer } from '../support/pki.js';
import { sealFor } from '../support/sealed.js';
import {
  bobListens,
  inject,
  openSession,
  type Heard,
  type Injection,
  type Listening,
} from './bob.js';

/*
 * The stage for attacks: a consortium on a real chain, with real keys, profiles and ledgers and the
 * embedded log. Alice writes honestly, bob listens with what `msg listen` listens with; everybody else
 * may be up to something.
 */

/** A certificate on its way into the directory. */
export interface Publishing {
  /** The profile whose account pays, or the account itself. */
  readonly account: string | number;
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
  /** What changes the directory, signing with one of the chain's accounts. */
  writer(account: number): Promise<DirectoryWriter>;
  /** Lets time pass on the chain, in seconds. */
  waitOnChain(seconds: number): Promise<void>;
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
    identity(profile) {
      return identityOf(stage.session(profile), profile, there().network.authority);
    },
    async enrol(name, account) {
      const set = there();
      set.addProfile(name, account);
      await set.ok('registrar', ['registry', 'admit', name, '--owner', set.account(account)]);
      await set.certify(name, 'first');
      await set.ok(name, ['register']);
      return stage.identity(name);
    },
    async writer(account) {
      const { chain, state } = there().network;
      const options = await stage.session('alice').writerOptions();
      const privateKey = chain.accounts[account]?.privateKey ?? '';
      const address = parseAddress(state.directory);
      return openDirectoryWriter({ ...options, account: { kind: 'key', privateKey }, address });
    },
    async waitOnChain(seconds) {
      const rpc = new RpcClient({ urls: [there().network.chain.url] });
      await rpc.call('evm_increaseTime', [seconds]);
      await rpc.call('evm_mine', []);
    },
    async record(name) {
      const record = await stage.session('alice').book().find(parsePeerName(name), LOOK_NOW);
      if (record === undefined) throw new Error(`there is no peer ${name}`);
      return record;
    },
    async publish({ account, name, certificate, key, proof }) {
      const record = await stage.record(name);
      const book = stage.session('alice').book();
      const { chainId, address: directory } = await book.head(LOOK_NOW);
      const { chain } = there().network.authority;
      const own = { certificate, key };
      const prepared = await preparePublication({ own, chain, record, chainId, directory });
      const writer = await (typeof account === 'number'
        ? stage.writer(account)
        : stage.session(account).writer());
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
