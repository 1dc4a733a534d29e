import { isGone } from '../session/process-name.js';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { KeyStore } from '../identity/store.js';
import { defaultInbox } from '../messaging/deps.js';
import { DirectorySink } from '../messaging/directory-sink.js';
import { listen, type ListenSummary } from '../messaging/listen.js';
import type { SendRequest } from '../messaging/send-request.js';
import { send, type SendResult } from '../messaging/send.js';
import type { IncomingDelivery } from '../messaging/sink.js';
import { Session, type SessionOptions } from '../session/session.js';
import type { StoredRecord, Transport } from '../transport/port.js';
import { askAndAnswer, receiptFor } from './demo-conversation.js';
import { stepper } from './network-parts.js';
import { opensslSteps, runOpenssl } from './openssl.js';

/** What the demonstration works with. */
export interface DemoOptions {
  /** Where files are delivered and captured to. */
  readonly directory: string;
  /** The trust anchor of the network, PEM. */
  readonly anchor: string;
  /** A connection to the log that may read and publish anything. */
  readonly administration: Transport;
  /** Opens the session of a profile. */
  readonly session: Omit<SessionOptions, 'profile'>;
  readonly onStep: (what: string, milliseconds: number) => void;
  /** Ends it between two steps. */
  readonly signal: AbortSignal;
  /** Shown indented under the step before. */
  readonly onDetail: (line: string) => void;
}

const DOCUMENT = { order: 17, amount: '1200.00', currency: 'EUR' };

/**
 * Plays a message's whole life between alice and bob, and checks every claim it makes.
 *
 * @throws MsgError when a step is not what it claims to be.
 */
export async function playDemo(options: DemoOptions): Promise<void> {
  const alice = new Session({ ...options.session, profile: 'alice' });
  const bob = new Session({ ...options.session, profile: 'bob' });
  try {
    await new Demo(options, alice, bob).play();
  } finally {
    await alice.close();
    await bob.close();
  }
}

class Demo {
  readonly #options: DemoOptions;
  readonly #alice: Session;
  readonly #bob: Session;
  readonly #details: string[] = [];

  constructor(options: DemoOptions, alice: Session, bob: Session) {
    this.#options = options;
    this.#alice = alice;
    this.#bob = bob;
  }

  async play(): Promise<void> {
    const order = orderFor('bob');
    const picture = randomBytes(48 * 1024);
    const first = await this.#step('alice sent bob a JSON document, sealed', () =>
      send(order, this.#alice.messaging()),
    );
    await this.#step('alice sent bob a binary file of 48 KiB, sealed', () =>
      send(pictureFor('bob', picture), this.#alice.messaging()),
    );
    const delivered = await this.#step('bob verified, decrypted and delivered both', () =>
      this.#receiveBoth(first, picture),
    );
    await this.#step("alice has bob's signed receipt, and verified it from what she kept", () =>
      this.#checkReceipt(first),
    );
    const captured = await this.#step(
      'captured the record of the first message and published it again',
      () => this.#replayRecord(),
    );
    await this.#step("bob's ledger recognised it: counted, not delivered", () =>
      this.#refuseReplay(),
    );
    await this.#step('alice sent the same id again: recognised before anything left', () =>
      this.#sendAgain({ ...order, id: first.id }),
    );
    await this.#step('bob replied under the same correlation id, alice has it', () =>
      this.#reply(delivered),
    );
    await this.#step('alice asked bob and waited, bob answered, alice alone has the reply', () =>
      this.#ask(),
    );
    await this.#step('openssl alone opened the captured message', () => {
      this.#openWithOpenssl(captured);
      return Promise.resolve();
    });
  }

  async #receiveBoth(first: SendResult, picture: Uint8Array): Promise<IncomingDelivery> {
    const messages: IncomingDelivery[] = [];
    const inbox = join(this.#options.directory, 'bob');
    const summary = await this.#listen(this.#bob, messages, new DirectorySink(inbox));
    check(summary.delivered === 2, `bob got ${summary.delivered} messages instead of 2`);
    const document = messages.find(({ header }) => header.id === first.id);
    check(document !== undefined, 'the JSON document did not arrive');
    const order: unknown = JSON.parse(Buffer.from(await document.payload.bytes()).toString('utf8'));
    check(JSON.stringify(order) === JSON.stringify(DOCUMENT), 'the JSON document was changed');
    check(readFileSync(join(inbox, 'picture.bin')).equals(picture), 'the file was changed');
    this.#details.push(`files in ${inbox}`);
    return document;
  }

  async #checkReceipt(sent: SendResult): Promise<void> {
    const steps = await receiptFor(sent, this.#alice);
    const failed = steps.find(({ passed }) => !passed);
    check(failed === undefined, `the receipt does not hold: ${failed?.detail ?? ''}`);
    this.#details.push(...steps.map(({ check: name, detail }) => `${name}: ${detail}`));
  }

  async #ask(): Promise<void> {
    const reply = await askAndAnswer(this.#alice, this.#bob, '{"order":17}');
    const text = Buffer.from((await reply?.payload.bytes()) ?? []).toString('utf8');
    check(text === '{"state":"shipped"}', `the reply is ${text}`);
    const others: IncomingDelivery[] = [];
    await this.#listen(this.#alice, others);
    check(others.length === 0, 'the reply was delivered to a listener, too');
    this.#details.push(`the reply: ${text}`);
  }

  async #replayRecord(): Promise<StoredRecord> {
    const topic = defaultInbox(parsePeerName('bob'));
    const record = await firstRecord(this.#options.administration, topic);
    const { partition, value, headers, key = '' } = record;
    await this.#options.administration.publish(topic, partition, [{ key, value, headers }]);
    return record;
  }

  async #refuseReplay(): Promise<void> {
    const summary = await this.#listen(this.#bob, []);
    check(summary.duplicates === 1 && summary.delivered === 0, 'the replay was not recognised');
  }

  async #sendAgain(request: SendRequest): Promise<void> {
    const { state } = await send(request, this.#alice.messaging());
    check(state === 'already-sent', `the second send of the same id is ${state}`);
  }

  async #reply({ header }: IncomingDelivery): Promise<void> {
    const cid = header.cid ?? header.id;
    const answer = {
      ...{ to: [header.from], contentType: 'application/json', cid, replyTo: header.id },
      payload: Buffer.from('{"accepted":true}'),
    };
    await send(answer, this.#bob.messaging());
    const messages: IncomingDelivery[] = [];
    await this.#listen(this.#alice, messages);
    const [reply] = messages;
    check(messages.length === 1 && reply?.header.cid === cid, 'the reply is not correlated');
    this.#details.push(`correlation id ${cid}`);
  }

  #openWithOpenssl(captured: StoredRecord): void {
    const { directory, anchor } = this.#options;
    const entry = new KeyStore(this.#bob.settings.keys.value).current();
    check(entry !== undefined, 'bob has no key');
    const files = {
      ...{ message: join(directory, 'message.cms'), signed: join(directory, 'signed.cms') },
      ...{ key: join(entry.directory, 'key.pem'), certificate: join(entry.directory, 'cert.pem') },
      ...{ anchor, payload: join(directory, 'payload.json') },
    };
    writeFileSync(files.message, captured.value);
    const steps = opensslSteps(files);
    runOpenssl(steps);
    const opened: unknown = JSON.parse(readFileSync(files.payload, 'utf8'));
    check(JSON.stringify(opened) === JSON.stringify(DOCUMENT), 'openssl found another payload');
    this.#details.push(...steps.map(({ shown }) => shown));
  }

  /** Listens until the inbox is empty, keeping what was delivered. */
  async #listen(
    session: Session,
    messages: IncomingDelivery[],
    files?: DirectorySink,
  ): Promise<ListenSummary> {
    return listen(session.messaging(), {
      ...{
        topic: await session.ownInbox(),
        from: { from: 'committed' },
        owner: session.processName,
        isGone,
      },
      sink: {
        async deliver(message) {
          messages.push(message);
          return files === undefined ? {} : files.deliver(message);
        },
      },
      ...{ lanes: 1, count: undefined, untilEmpty: true, idleTimeout: undefined, adopt: false },
      flush: ['answers'],
      giveUpAfter: 30_000,
      onEvent: () => undefined,
      signal: new AbortController().signal,
    });
  }

  async #step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { session, onStep, signal } = this.#options;
    const result = await stepper({ clock: session.clock, onStep, signal })(what, work);
    for (const line of this.#details.splice(0)) this.#options.onDetail(line);
    return result;
  }
}

function orderFor(peer: string): SendRequest {
  return {
    to: [parsePeerName(peer)],
    payload: Buffer.from(JSON.stringify(DOCUMENT)),
    contentType: 'application/json',
    type: 'order',
    receipt: ['processed'],
  };
}

function pictureFor(peer: string, payload: Uint8Array): SendRequest {
  return {
    ...{ to: [parsePeerName(peer)], payload, contentType: 'application/octet-stream' },
    name: 'picture.bin',
  };
}

/** The oldest record of a topic, as anyone with access to the log could capture it. */
async function firstRecord(transport: Transport, topic: string): Promise<StoredRecord> {
  const found: StoredRecord[] = [];
  let caughtUp = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    caughtUp = resolve;
  });
  const subscription = await transport.subscribe({
    ...{ topic, group: 'msg-demo', start: { from: 'earliest' }, commitMetadata: '' },
    onRecords: (records) => {
      found.push(...records);
      return Promise.resolve();
    },
    onNotice: () => undefined,
    onCaughtUp: caughtUp,
    giveUpAfter: 30_000,
  });
  await Promise.race([done, subscription.finished]);
  await subscription.stop();
  const [record] = found;
  check(record !== undefined, `${topic} is empty`);
  return record;
}

function check(claim: boolean, otherwise: string): asserts claim {
  if (!claim) throw new MsgError('bug', `the demonstration failed: ${otherwise}`);
}
