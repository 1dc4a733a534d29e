import { parsePeerName } from '../domain/peer-name.js';
import { parseAddress } from '../registry/address.js';
import { LOOK_NOW } from '../registry/port.js';
import type { Context } from '../runtime.js';
import { changeDirectory, isConfirmed, type ChangeOptions } from './directory-change.js';

/** What `msg registry admit` was asked for. */
export interface AdmitOptions extends ChangeOptions {
  readonly name: string;
  readonly owner: string;
  readonly guardian?: string | undefined;
}

/** Gives a name to an owner; one that it has already is left to it. */
export async function admit(options: AdmitOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const owner = parseAddress(options.owner);
  const guardian = options.guardian === undefined ? undefined : parseAddress(options.guardian);
  const session = await context.session();
  const record = await session.book().find(name, LOOK_NOW);
  const isDone = record?.owner === owner && record.guardian === guardian;
  if (isDone && record.status === 'active') {
    context.report.note(`${name} is admitted already, with this owner`);
    return;
  }
  if (guardian === undefined) {
    context.report.warn(
      `${name} has no guardian: whoever steals the owner's key can keep the peer for good`,
      'let its owner name a cold key of its own: --guardian 0x…',
    );
  }
  const make = { name, owner, ...(guardian === undefined ? {} : { guardian }) };
  const change = { done: `admitted ${name} for ${owner}`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.admit(make) }, context);
}

/** What `msg registry suspend`, `lift` and `remove` were asked for. */
export interface StatusOptions extends ChangeOptions {
  readonly name: string;
  readonly yes?: boolean | undefined;
}

/** Stops a peer at once: readers refuse it until the suspension is lifted. */
export async function suspend(options: StatusOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const question = `Suspend ${name}? Nobody can write to it or hear from it until this is lifted.`;
  if (!(await isConfirmed(question, options, context))) return;
  const change = { done: `${name} is suspended`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.suspend(name) }, context);
}

/** Lifts a suspension. */
export async function lift(options: StatusOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const question = `Lift the suspension of ${name}? Its newest certificate counts again.`;
  if (!(await isConfirmed(question, options, context))) return;
  const change = { done: `${name} is active again`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.reinstate(name) }, context);
}

/** Removes a peer for good. */
export async function remove(options: StatusOptions, context: Context): Promise<void> {
  const name = parsePeerName(options.name);
  const question = `Remove ${name} for good? The name is never given out again.`;
  if (!(await isConfirmed(question, options, context))) return;
  const change = { done: `${name} is removed`, dryRun: options.dryRun };
  await changeDirectory({ ...change, make: (writer) => writer.remove(name) }, context);
}
