import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Context, Runtime } from '../runtime.js';
import { parseGlobals } from './globals.js';

/** A command's module: the one thing it exports to the program. */
export interface CommandModule<Options> {
  run(options: Options, context: Context): Promise<void>;
}

/** Loads a command's module, only now, and runs it with its own options and the global ones. */
export async function invoke<Options>(
  runtime: Runtime,
  command: CommandUnknownOpts,
  load: () => Promise<CommandModule<Options>>,
  options: Options,
): Promise<void> {
  await runtime.run(parseGlobals(command), async (context) => {
    await (await load()).run(options, context);
  });
}
