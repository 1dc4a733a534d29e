import { createCipheriv, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newMessageId } from '../../../src/domain/message-id.js';
import { Chance } from './chance.js';
import type { Command } from './doomed.js';
import { digestOf, type Journal } from './journal.js';
import type { RoundPlan, SenderPlan } from './plan.js';
import type { Places } from './sinks.js';

/** Writes what is to be sent into files, and gives the journal and each sender's command line. */
export async function writeMessages(
  { number, seed, senders }: RoundPlan,
  { source }: Places,
): Promise<{ readonly journal: Journal; readonly commands: readonly Command[] }> {
  const chance = new Chance(seed ^ number);
  const journal = new Map<string, string>();
  const commands: Command[] = [];
  for (const [index, sender] of senders.entries()) {
    const from = join(source, `from-${index}`);
    const files = await writeFiles(from, sender, chance);
    for (const [digest, name] of files) journal.set(digest, `${index}/${name}`);
    commands.push(await senderCommand(from, sender, [...files.values()]));
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
    const content = contentOf(size, chance);
    await writeFile(join(directory, name), content);
    files.set(digestOf(content), name);
  }
  return files;
}

/** No two files are the same, nor two parts of one. */
function contentOf(size: number, chance: Chance): Buffer {
  const start = chance.bytes(16);
  const cipher = createCipheriv('aes-128-ctr', start, Buffer.alloc(16));
  return Buffer.concat([start, cipher.update(Buffer.alloc(size))]);
}

/** The same command line each time, as in a crontab: fixed ids, or a batch that remembers. */
async function senderCommand(
  source: string,
  { via, compress }: SenderPlan,
  names: readonly string[],
): Promise<Command> {
  const alice = (...args: readonly string[]): readonly string[] => ['-p', 'alice', ...args, '-q'];
  if (via === 'batch') return { args: alice('batch', source, '--to', 'bob') };
  if (via === 'envelopes') {
    const lines = await writeLines(source, names);
    return { args: alice('send', 'bob', lines, '--ndjson-items') };
  }
  const file = join(source, '0.bin');
  const options = ['--id', newId(), ...(compress ? ['--compress'] : [])];
  if (via === 'send') return { args: alice('send', 'bob', file, ...options) };
  return { args: alice('send', 'bob', '-', ...options), input: await readFile(file) };
}

/** One line for each file, each a message with an id of its own; says where they are. */
async function writeLines(source: string, names: readonly string[]): Promise<string> {
  const contents = await Promise.all(names.map((name) => readFile(join(source, name), 'base64')));
  const lines = contents.map((base64) => JSON.stringify({ id: newId(), base64 }));
  const path = `${source}.ndjson`;
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

function newId(): string {
  return newMessageId(Date.now, randomBytes);
}
