import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { msg, type Ended } from '../../support/msg.js';
import { Doomed, type Command, type Surroundings } from './doomed.js';
import { writeMessages } from './messages.js';
import type { Network } from './network.js';
import type { RoundPlan } from './plan.js';
import { breachesOf, type RoundReport } from './report.js';
import { judgeSink, sinkArgs, type Places } from './sinks.js';

/** Plays a round on a network, and compares the sender's journal with what the sink has. */
export async function playRound(plan: RoundPlan, network: Network): Promise<RoundReport> {
  const places = await placesOf(plan, network);
  const { journal, commands } = await writeMessages(plan, places);
  const troupe = troupeOf(plan, network, { places, commands });
  const complaints = await perform(troupe, plan, network);
  const arrived = await judgeSink(plan, places, journal);
  const breaches = [
    ...breachesOf('ends', complaints),
    ...arrived.breaches,
    ...breachesOf('confirmed', plan.confirming === undefined ? [] : await unconfirmed(network)),
    ...breachesOf('complete', await falselyMissed(network, join(places.source, 'last-words'))),
    ...breachesOf('clean', await leftovers(network.home)),
  ];
  if (breaches.length === 0) await remove(places);
  const sizes = plan.senders.flatMap((sender) => sender.sizes);
  return {
    messages: journal.size,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    inChunks: sizes.filter((size) => size > network.chunked).length,
    inEnvelopes: plan.senders
      .filter(({ via }) => via === 'envelopes')
      .reduce((sum, sender) => sum + sender.sizes.length, 0),
    arrivals: arrived.count,
    killedAt: [...troupe.senders, ...troupe.listeners].flatMap(({ killedAt }) => killedAt),
    breaches,
  };
}

/** Who takes part in a round. */
interface Troupe {
  readonly surroundings: Surroundings;
  readonly senders: readonly Doomed[];
  /** The sender's own among them, where payloads in chunks are to be confirmed. */
  readonly listeners: readonly Doomed[];
  /** Command lines that finish what is under way, in this order. */
  readonly finish: readonly (readonly string[])[];
}

function troupeOf(
  plan: RoundPlan,
  { home }: Network,
  { places, commands }: { readonly places: Places; readonly commands: readonly Command[] },
): Troupe {
  const surroundings = { home, env: { MSG_BOOK_MAX_AGE: plan.maxAge } };
  const listen = ['-p', 'bob', 'listen', '-q', ...sinkArgs(plan, places)];
  const confirm = ['-p', 'alice', 'listen', '-q', '--out', join(places.source, 'to-alice')];
  const flush = ['-p', 'alice', 'outbox', 'flush', '-q'];
  const isConfirmed = plan.confirming !== undefined;
  return {
    surroundings,
    senders: plan.senders.map(
      ({ deaths }, index) => new Doomed(surroundings, commands[index] ?? { args: [] }, deaths),
    ),
    listeners: [
      ...plan.listeners.map(({ deaths }) => new Doomed(surroundings, { args: listen }, deaths)),
      ...(isConfirmed ? [new Doomed(surroundings, { args: confirm }, plan.confirming.deaths)] : []),
    ],
    finish: [
      flush,
      [...listen, '--until-empty'],
      // What has been confirmed goes from the spool when the outbox is looked through next.
      ...(isConfirmed ? [[...confirm, '--until-empty'], flush] : []),
    ],
  };
}

/** Lets everybody do their part; says what ended otherwise than well. */
async function perform(
  { surroundings, senders, listeners, finish }: Troupe,
  { outage }: RoundPlan,
  network: Network,
): Promise<string[]> {
  const listening = listeners.map((one) => one.untilTold());
  const suffering = outage === undefined ? undefined : network.suffer(outage);
  const sent = await Promise.all(senders.map((one) => one.untilDone()));
  await suffering;
  for (const one of listeners) one.end();
  const complaints = (await Promise.all(listening)).flat();
  const finished: Ended[] = [];
  for (const args of finish) finished.push(await new Doomed(surroundings, { args }).untilDone());
  return [
    ...sent.flatMap((one) => complaintOf('a sender', one)),
    ...complaints.flatMap((one) => complaintOf('a listener', one)),
    ...finished.flatMap((one, index) => complaintOf(finish[index]?.join(' ') ?? '', one)),
  ];
}

async function placesOf({ number }: RoundPlan, network: Network): Promise<Places> {
  const source = join(network.home, `round-${number}`);
  const sink = join(network.sinks, `round-${number}`);
  for (const directory of [source, sink]) await mkdir(directory, { recursive: true });
  return { source, sink, log: join(source, 'handled.log') };
}

async function remove({ source, sink }: Places): Promise<void> {
  for (const directory of [source, sink]) await rm(directory, { recursive: true });
}

function complaintOf(who: string, { code, signal, stderr }: Ended): string[] {
  return code === 0 ? [] : [`${who}: ${String(code ?? signal)} ${stderr}`];
}

/** Payloads in chunks that their sender does not know to have arrived. */
async function unconfirmed({ home }: Network): Promise<string[]> {
  const list = ['-p', 'alice', 'message', 'list', '--out', '--limit', '1000', '--json'];
  const { stdout } = await msg(list, { home });
  const rows = stdout.split('\n').filter((line) => line !== '');
  return rows
    .map((line) => JSON.parse(line) as { id: string; kind: string; receipts?: unknown[] })
    .filter(({ kind, receipts = [] }) => kind === 'manifest' && receipts.length === 0)
    .map(({ id }) => `${id} was never confirmed`);
}

/** Each tells of eight: more than all senders of a round can have taken back. */
const MOST_LAST_WORDS = 20;

/**
 * What the recipients miss in the end, though everything has come that was sent. Of a send that certainly
 * failed, and that another one had named, the messages tell that come next: some more are sent for that.
 */
async function falselyMissed(network: Network, sink: string): Promise<string[]> {
  const missed: string[] = [];
  for (const peer of ['alice', 'bob']) {
    let missing = await missedBy(peer, network);
    for (let said = 0; said < MOST_LAST_WORDS && missing.length > 0; said++) {
      const complaint = await haveLastWord(missing[0]?.from ?? '', peer, { network, sink });
      if (complaint !== undefined) return [...missed, complaint];
      missing = await missedBy(peer, network);
    }
    missed.push(...missing.map((one) => `${peer} misses ${JSON.stringify(one)}`));
  }
  return missed;
}

interface Missed {
  readonly id: string;
  readonly from: string;
}

async function missedBy(peer: string, { home }: Network): Promise<readonly Missed[]> {
  const list = ['-p', peer, 'message', 'missing', '--limit', '1000', '--json'];
  const { code, stdout, stderr } = await msg(list, { home });
  if (code !== 0) throw new Error(`what ${peer} misses cannot be told: ${stderr}`);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Missed);
}

/** Says what went wrong with it. */
async function haveLastWord(
  from: string,
  to: string,
  { network: { home }, sink }: { readonly network: Network; readonly sink: string },
): Promise<string | undefined> {
  const sent = await msg(['-p', from, 'send', to, '--type', 'last-word'], { home, input: from });
  const came = await msg(['-p', to, 'listen', '-q', '--out', sink, '--until-empty'], { home });
  return [sent, came].find(({ code }) => code !== 0)?.stderr;
}

/** The program's own files that should be gone when nothing is under way. */
async function leftovers(home: string): Promise<string[]> {
  const found = await Promise.all(
    ['state/alice', 'state/bob'].map(async (state) => {
      const entries = await readdir(join(home, state), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile() && !/^ledger\.db/.test(entry.name));
    }),
  );
  return found.flat().map(({ parentPath, name }) => `${join(parentPath, name)} was left behind`);
}
