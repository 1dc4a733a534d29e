import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newMessageId } from '../../../src/domain/message-id.js';
import type { Ended } from '../../support/msg.js';
import { Chance } from './chance.js';
import { Doomed } from './doomed.js';
import { digestOf, type Journal } from './journal.js';
import type { Network } from './network.js';
import type { RoundPlan, SenderPlan } from './plan.js';
import { breachesOf, type RoundReport } from './report.js';
import { judgeSink, sinkArgs, type Places } from './sinks.js';

/** Plays a round on a network, and compares the sender's journal with what the sink has. */
export async function playRound(plan: RoundPlan, network: Network): Promise<RoundReport> {
  const places = await placesOf(plan, network);
  const surroundings = { home: network.home, env: { MSG_BOOK_MAX_AGE: plan.maxAge } };
  const { journal, commands } = await writeMessages(plan, places);
  const senders = plan.senders.map(
    ({ deaths }, index) => new Doomed(surroundings, commands[index] ?? [], deaths),
  );
  const listen = ['-p', 'bob', 'listen', '-q', ...sinkArgs(plan, places)];
  const listeners = plan.listeners.map(({ deaths }) => new Doomed(surroundings, listen, deaths));
  const listening = listeners.map((one) => one.untilTold());
  const suffering = plan.outage === undefined ? undefined : network.suffer(plan.outage);
  const sent = await Promise.all(senders.map((one) => one.untilDone()));
  await suffering;
  const flush = ['-p', 'alice', 'outbox', 'flush', '-q'];
  const flushed = await new Doomed(surroundings, flush).untilDone();
  for (const one of listeners) one.end();
  const complaints = (await Promise.all(listening)).flat();
  const last = await new Doomed(surroundings, [...listen, '--until-empty']).untilDone();
  const arrived = await judgeSink(plan, places, journal);
  const breaches = [
    ...breachesOf('ends', [
      ...sent.flatMap((one) => complaintOf('a sender', one)),
      ...complaintOf('the flush', flushed),
      ...complaints.flatMap((one) => complaintOf('a listener', one)),
      ...complaintOf('the last listener', last),
    ]),
    ...arrived.breaches,
    ...breachesOf('clean', await leftovers(network.home)),
  ];
  if (breaches.length === 0) await remove(places);
  return {
    messages: journal.size,
    bytes: plan.senders.flatMap(({ sizes }) => sizes).reduce((sum, size) => sum + size, 0),
    arrivals: arrived.count,
    killedAt: [...senders, ...listeners].flatMap(({ killedAt }) => killedAt),
    breaches,
  };
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

/** Writes what is to be sent into files, and gives the journal and each sender's command line. */
async function writeMessages(
  { number, seed, senders }: RoundPlan,
  { source }: Places,
): Promise<{ readonly journal: Journal; readonly commands: readonly string[][] }> {
  const chance = new Chance(seed ^ number);
  const journal = new Map<string, string>();
  const commands: string[][] = [];
  for (const [index, sender] of senders.entries()) {
    const from = join(source, `from-${index}`);
    const files = await writeFiles(from, sender, chance);
    for (const [digest, name] of files) journal.set(digest, `${index}/${name}`);
    commands.push(senderArgs(from, sender));
  }
  return { journal, commands };
}

/** Files of the planned sizes, each different: `name` by digest. */
async function writeFiles(
  directory: string,
  { sizes }: SenderPlan,
  chance: Chance,
): Promise<Map<string, string>> {
  await mkdir(directory, { recursive: true });
  const files = new Map<string, string>();
  for (const [index, size] of sizes.entries()) {
    const name = `${index}.bin`;
    const content = Buffer.concat([chance.bytes(16), Buffer.alloc(size, index)]);
    await writeFile(join(directory, name), content);
    files.set(digestOf(content), name);
  }
  return files;
}

/** The same command line each time, as in a crontab: a fixed id, or a batch that remembers. */
function senderArgs(source: string, { via }: SenderPlan): string[] {
  if (via === 'batch') return ['-p', 'alice', 'batch', source, '--to', 'bob', '-q'];
  const id = newMessageId(Date.now, randomBytes);
  return ['-p', 'alice', 'send', 'bob', join(source, '0.bin'), '--id', id, '-q'];
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
