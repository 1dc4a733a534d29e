import { parseAddress } from '../registry/address.js';
import type { Context } from '../runtime.js';
import { changeDirectory, isConfirmed, type ChangeOptions } from './directory-change.js';

/** What `msg registry freeze` was asked for. */
export interface FreezeOptions extends ChangeOptions {
  /** The directory that follows. */
  readonly successor?: string | undefined;
  readonly yes?: boolean | undefined;
}

/** Stops the directory for good, but for revoking and suspending; again, to name a successor. */
export async function run(options: FreezeOptions, context: Context): Promise<void> {
  const successor = options.successor === undefined ? undefined : parseAddress(options.successor);
  const question = 'Freeze the directory for good? Nobody can join or renew in it any more.';
  if (!(await isConfirmed(question, options, context))) return;
  const done = `the directory is frozen; its successor is ${successor ?? 'not named'}`;
  await changeDirectory(
    { dryRun: options.dryRun, done, make: (writer) => writer.freeze(successor) },
    context,
  );
}
