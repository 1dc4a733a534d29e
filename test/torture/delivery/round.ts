import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { newMessageId } from '../../../src/domain/message-id.js';
import { msg, type Ended } from '../../support/msg.js';
import { Chance } from './chance.js';
import { Doomed } from './doomed.js';
import { digestOf } from './journal.js';
import type { Network } from './network.js';
import type { RoundPlan, SenderPlan } from './plan.js';
import { breachesOf, type RoundReport } from './report.js';
import { judgeSink, sinkArgs } from './sinks.js';

/** Plays a round on a network, and compares the sender's journal with what the sink has. */
export async function playRound(plan: RoundPlan, network: Network): Promise<RoundReport> {
  const directory = join(network.home, `round-${plan.number}`);
  await mkdir(directory, { recursive: true });
  const chance = new Chance(plan.seed ^ plan.number);
  const journal = new Map<string, string>();
  const senders: Doomed[] = [];
  for (const [index, sender] of plan.senders.entries()) {
    const files = await writeFiles(join(directory, `from-${index}`), sender, chance);
    for (const [digest, name] of files) journal.set(digest, `${index}/${name}`);
    senders.push(new Doomed(network.home, senderArgs(directory, index, sender), sender.deaths));
  }
  const listenArgs = ['-p', 'bob', 'listen', '-q', ...sinkArgs(plan, directory)];
  const listeners = plan.listeners.map(
    ({ deaths }) => new Doomed(network.home, listenArgs, deaths),
  );
  const listening = listeners.map((one) => one.untilTold());
  const outage = disturb(plan, network);
  const sent = await Promise.all(senders.map((one) => one.untilDone()));
  await outage;
  const flushed = await msg(['-p', 'alice', 'outbox', 'flush', '-q'], { home: network.home });
  for (const one of listeners) one.end();
  const complaints = (await Promise.all(listening)).flat();
  const last = await new Doomed(network.home, [...listenArgs, '--until-empty'], []).untilDone();
  const arrived = await judgeSink(plan, directory, journal);
  const breaches = [
    ...breachesOf('ends', [
      ...sent.filter(({ code }) => code !== 0).map((one) => complaint('a sender', one)),
      ...complaints.map((one) => complaint('a listener', one)),
      ...(flushed.code === 0 ? [] : [complaint('the flush', flushed)]),
      ...(last.code === 0 ? [] : [complaint('the last listener', last)]),
    ]),
    ...arrived.breaches,
    ...breachesOf('clean', await leftovers(network.home)),
  ];
  if (breaches.length === 0) await rm(directory, { recursive: true });
  return {
    messages: journal.size,
    bytes: plan.senders.flatMap(({ sizes }) => sizes).reduce((sum, size) => sum + size, 0),
    arrivals: arrived.count,
    killedAt: [...senders, ...listeners].flatMap(({ killedAt }) => killedAt),
    breaches,
  };
}

function complaint(who: string, { code, signal, stderr }: Ended): string {
  return `${who}: ${String(code ?? signal)} ${stderr}`;
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
function senderArgs(directory: string, index: number, { via }: SenderPlan): string[] {
  const source = join(directory, `from-${index}`);
  if (via === 'batch') return ['-p', 'alice', 'batch', source, '--to', 'bob', '-q'];
  const id = newMessageId(Date.now, randomBytes);
  return ['-p', 'alice', 'send', 'bob', join(source, '0.bin'), '--id', id, '-q'];
}

async function disturb({ outage }: RoundPlan, network: Network): Promise<void> {
  if (outage === undefined) return;
  await pause(outage.after);
  await network.kill(outage.what);
}

/** Files of the program's own that should be gone when nothing is under way. */
async function leftovers(home: string): Promise<string[]> {
  const names = await readdir(join(home, 'state'), { recursive: true });
  return names.filter((name) => name.endsWith('.part')).map((name) => `${name} was left behind`);
}
