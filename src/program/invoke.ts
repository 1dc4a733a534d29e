import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Context, Runtime } from '../runtime.js';
import { parseGlobals } from './globals.js';

/** What a command's module exports to the program. */
export type RunCommand<Options> = (options: Options, context: Context) => Promise<void>;

/** Loads a command, only now, and runs it with its own options and the global ones. */
export async function invoke<Options>(
  runtime: Runtime,
  command: CommandUnknownOpts,
  load: () => Promise<RunCommand<Options>>,
  options: NoInfer<Options>,
): Promise<void> {
  await runtime.run(parseGlobals(command), async (context) => {
    const run = await load();
    await run(options, context);
  });
}
