import { CommanderError } from '@commander-js/extra-typings';
import { MsgError } from './errors.js';
import { createProgram } from './program.js';
import { createRuntime, type Runtime } from './runtime.js';

/** Runs one command line; the only place that decides how the process ends. */
export async function main(process: NodeJS.Process): Promise<void> {
  const runtime = createRuntime(process);
  try {
    await createProgram(runtime).parseAsync(process.argv);
    process.exitCode ??= runtime.exitCode;
  } catch (error) {
    process.exitCode = await fail(error, runtime);
  }
  await runtime.close();
}

async function fail(error: unknown, runtime: Runtime): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const failure = error instanceof CommanderError ? usageError(error) : error;
  runtime.report.error(failure);
  await runtime.report.flush();
  return failure instanceof MsgError ? failure.exitCode : 1;
}

/** commander's complaint in msg's words: its "(Did you mean …?)" becomes the hint. */
function usageError(error: CommanderError): MsgError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').trim().split('\n');
  const suggestion = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const message = first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
  const hint = suggestion === undefined ? 'see "msg --help"' : `did you mean ${suggestion}?`;
  return new MsgError('usage', message === '(outputHelp)' ? 'a command is missing' : message, { hint });
}
