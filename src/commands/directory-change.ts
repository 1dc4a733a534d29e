import type { DirectoryWriter, WriteOutcome } from '../registry/writer-port.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { outline } from './outline.js';

/** What every command takes that changes the directory. */
export interface ChangeOptions {
  /** Show the call and its gas, send nothing. */
  readonly dryRun?: boolean | undefined;
}

/** A change of the directory that one transaction makes. */
export interface DirectoryChange extends ChangeOptions {
  readonly make: (writer: DirectoryWriter) => Promise<WriteOutcome>;
  /** What holds once it is made. */
  readonly done: string;
}

/**
 * Makes a change and prints the transaction's hash, or with `dryRun` the call and its gas. Then the
 * own address book is brought up to date, so that the next command sees the change.
 */
export async function changeDirectory(change: DirectoryChange, context: Context): Promise<void> {
  const session = await context.session();
  const writer = await session.writer({ dryRun: change.dryRun === true });
  const outcome = await change.make(writer);
  await printOutcomes([outcome], context);
  sayWritten(outcome, change.done, context);
  if (outcome.kind === 'written') await refreshBook(session);
}

/** Asks whether to go on, unless `--yes` said so. */
export async function isConfirmed(
  message: string,
  { yes, dryRun }: ChangeOptions & { readonly yes?: boolean | undefined },
  { prompter, report }: Context,
): Promise<boolean> {
  if (yes === true || dryRun === true) return true;
  if (await prompter.confirm({ message, flag: '--yes', default: false })) return true;
  report.note('nothing was changed');
  return false;
}

/** Prints what became of changes: hashes a line each, dry runs in full, or JSON. */
export async function printOutcomes(
  outcomes: readonly WriteOutcome[],
  { io, json }: Context,
): Promise<void> {
  const texts = outcomes.map((outcome) => {
    const described = describeOutcome(outcome);
    if (json) return JSON.stringify(described);
    return outcome.kind === 'written' ? outcome.transaction : outline(described);
  });
  await io.stdout.write(texts.map((text) => `${text}\n`).join(''));
}

/** An outcome as JSON: a part of the `--json` contract. */
export function describeOutcome(outcome: WriteOutcome): object {
  if (outcome.kind === 'dry-run') {
    const { from, to, call, data, gas } = outcome;
    return { state: 'dry-run', call, from, to, gas: Number(gas), data };
  }
  const { transaction, from, block, gasUsed } = outcome;
  return { state: 'written', transaction, from, block: Number(block), gasUsed: Number(gasUsed) };
}

/** Says on stderr what holds now. */
export function sayWritten(outcome: WriteOutcome, done: string, { report }: Context): void {
  if (outcome.kind === 'dry-run') report.note('dry run: the call would succeed; nothing was sent');
  else report.note(`${done} (block ${outcome.block}, gas ${outcome.gasUsed})`);
}

/** Brings the own address book up to date. */
export async function refreshBook(session: Session): Promise<void> {
  await session.book().head({ maxAge: 0, maxStale: Infinity });
}
