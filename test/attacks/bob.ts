import { randomBytes } from 'node:crypto';
import { directoriesOf, profileDirectoriesOf } from '../../src/config/directories.js';
import { readProfileFile } from '../../src/config/profile-file.js';
import { parseProfileName } from '../../src/config/profile-name.js';
import { MsgError } from '../../src/errors.js';
import type { QuarantineRow } from '../../src/ledger/port.js';
import { defaultInbox } from '../../src/messaging/deps.js';
import { listen } from '../../src/messaging/listen.js';
import { Session } from '../../src/session/session.js';
import { openEmbeddedLog } from '../../src/transport/embedded/embedded-log.js';
import type { OutgoingRecord } from '../../src/transport/port.js';
import type { Consortium } from '../support/consortium.js';

/*
 * The one under attack: his inbox in the log, and his program that reads it.
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
  /** A sender whose messages bob's application cannot take. */
  readonly choking?: string;
}

/** Opens a profile as `msg` does, with a clock of its own. */
export function openSession(
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

/** Writes records into the log as they are. */
export async function inject(consortium: Consortium, records: readonly Injection[]): Promise<void> {
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

/** Listens as `msg listen` does, until the inbox is empty. */
export async function bobListens(
  consortium: Consortium,
  listening: Listening = {},
): Promise<Heard> {
  const session = openSession(consortium, 'bob', listening);
  const deps = session.messaging();
  const before = new Set((await deps.ledger.quarantine.list({})).map(({ number }) => number));
  const delivered: Delivered[] = [];
  const summary = await listen(deps, {
    topic: listening.topic ?? defaultInbox(deps.self),
    from: { from: 'committed' },
    sink: {
      async deliver({ header, payload }) {
        if (header.from === listening.choking) throw choked();
        const text = Buffer.from(await payload.bytes()).toString();
        delivered.push({ from: header.from, id: header.id, text });
        return {};
      },
    },
    ...{
      owner: session.processName,
      lanes: listening.choking === undefined ? 1 : 4,
      count: undefined,
      untilEmpty: true,
    },
    ...{ idleTimeout: undefined, isGone: () => false, adopt: listening.adopt ?? false },
    ...{ giveUpAfter: 60_000, flush: [], onEvent: () => undefined },
    signal: new AbortController().signal,
  }).catch((error: unknown) => {
    if (listening.choking === undefined) throw error;
    return { duplicates: 0 };
  });
  const rows = await deps.ledger.quarantine.list({});
  await session.close();
  return {
    delivered,
    refused: rows.filter(({ number }) => !before.has(number)),
    duplicates: summary.duplicates,
  };
}

function choked(): MsgError {
  return new MsgError('handler-failed', 'the application chokes on it');
}
