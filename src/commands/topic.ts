import type { Context } from '../runtime.js';
import { topicNamed, type TopicName } from '../topics/topics.js';

/** Lines longer than this are hard to read, however wide the terminal. */
const WIDEST = 100;

/** Prints what `msg help` explains beside the commands. */
export async function run(
  { topic }: { readonly topic: TopicName },
  { io }: Context,
): Promise<void> {
  const columns = Math.min(io.stdout.columns, WIDEST);
  await io.stdout.write(`${topicNamed(topic).render(columns)}\n`);
}
