import { CommanderError } from '@commander-js/extra-typings';
import { MsgError } from './errors.js';
import { createProgram } from './program.js';
import type { GlobalOptions } from './program/globals.js';
import { Misuse } from './program/usage.js';
import { createRuntime, type Runtime } from './runtime.js';

/** Runs one command line; the only place that decides how the process ends. */
export async function main(process: NodeJS.Process): Promise<void> {
  const runtime = createRuntime(process);
  try {
    await createProgram(runtime, process.argv.slice(2)).parseAsync(process.argv);
    process.exitCode ??= runtime.exitCode;
  } catch (error) {
    process.exitCode = await fail(error, runtime);
  }
  await runtime.close();
}

async function fail(error: unknown, runtime: Runtime): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof Misuse) await speakAs(error.globals, runtime);
  const failure = error instanceof Misuse ? error.failure : error;
  runtime.report.error(failure);
  await runtime.report.flush();
  return failure instanceof MsgError ? failure.exitCode : 1;
}

/** A command line that was not understood may still have said how its error is to be printed. */
function speakAs(globals: GlobalOptions, runtime: Runtime): Promise<void> {
  return runtime.run(globals, () => Promise.resolve());
}
