import { type FileHandle, open } from 'node:fs/promises';
import { MsgError } from '../errors.js';
import { formatDuration } from '../domain/duration.js';
import { openToOthers } from '../files/open-to-others.js';
import { Secret, type SecretReference } from './secret.js';

/** What finding a secret depends on. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the secret is, for questions and errors: `the passphrase of the key store`. */
  readonly what: string;
  /** Asks the person at the terminal without showing the answer. */
  readonly ask: (question: string) => Promise<string>;
  /**
   * Takes what a command writes to stderr, a line each and without what it printed; where absent,
   * the command has this process's stderr, which a terminal needs for a command that asks there.
   */
  readonly onCommandSays?: ((line: string) => void) | undefined;
  /** How long a command may take, in milliseconds; a minute unless told otherwise. */
  readonly timeout?: number;
}

/** The largest secret taken from a file or command, in bytes. */
const LARGEST = 65_536;

const RUN_BY_HAND = 'run the command by hand, as the user that msg runs as, to see what it says';

/**
 * Finds the secret that a reference points to. A newline at the end of a file does not belong to the
 * secret; of a command's output the first line is the secret.
 *
 * @throws MsgError `passphrase` when it is not there, empty, or a file others may read; `timeout`
 * when a command does not answer; whatever `ask` throws.
 */
export async function resolveSecret(
  reference: SecretReference,
  sources: SecretSources,
): Promise<Secret> {
  const value = await find(reference, sources);
  if (value === '') {
    const hint = 'an empty passphrase or password protects nothing; give one that is not';
    throw missing(sources, `${placeOf(reference)} is empty`, hint);
  }
  return new Secret(value);
}

async function find(reference: SecretReference, sources: SecretSources): Promise<string> {
  switch (reference.kind) {
    case 'file':
      return readSecretFile(reference.path, sources);
    case 'cmd':
      return printedBy(reference.command, sources);
    case 'prompt':
      return sources.ask(sources.what);
    case 'env': {
      const value = sources.env[reference.name];
      if (value === undefined) {
        const hint = 'set the variable where msg is started, or refer to another place';
        throw missing(sources, `${reference.name} is not set`, hint);
      }
      return value;
    }
  }
}

function placeOf(reference: SecretReference): string {
  switch (reference.kind) {
    case 'file':
      return reference.path;
    case 'env':
      return reference.name;
    case 'cmd':
      return 'the first line that its command printed';
    case 'prompt':
      return 'the answer';
  }
}

function missing(sources: SecretSources, reason: string, hint: string, cause?: unknown): MsgError {
  return new MsgError('passphrase', `no ${sources.what.replace(/^the /, '')}: ${reason}`, {
    hint,
    cause,
  });
}

async function readSecretFile(path: string, sources: SecretSources): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    await refuseSharedFile(file, path, sources);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LARGEST) });
    if (bytesRead === LARGEST)
      throw missing(sources, `${path} is larger than ${LARGEST} bytes`, 'check the path');
    return buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof MsgError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    const reason = code === 'ENOENT' ? `${path} does not exist` : `cannot read ${path} (${code})`;
    throw missing(sources, reason, 'check the path in the reference, and who may read it', error);
  } finally {
    await file?.close();
  }
}

async function refuseSharedFile(
  file: FileHandle,
  path: string,
  sources: SecretSources,
): Promise<void> {
  const mode = openToOthers(await file.stat());
  if (mode === undefined) return;
  const reason = `${path} has mode ${mode}, so others can get at it`;
  throw missing(sources, reason, `run: chmod 600 ${path}`);
}

async function printedBy(command: string, sources: SecretSources): Promise<string> {
  const { timeout = 60_000, onCommandSays, what } = sources;
  const readsStderr = onCommandSays !== undefined;
  const { runSecretCommand } = await import('./secret-command.js');
  const outcome = await runSecretCommand(command, { timeout, largest: LARGEST, readsStderr });
  const { ending, output, said } = outcome;
  for (const line of said) onCommandSays?.(line);
  if (ending === 'timeout') {
    const limit = formatDuration(timeout);
    throw new MsgError('timeout', `the command for ${what} gave no answer in ${limit}`, {
      hint: RUN_BY_HAND,
    });
  }
  if (ending instanceof Error) {
    throw missing(sources, 'its command could not be started', RUN_BY_HAND, ending);
  }
  if (ending !== 0) {
    const how = typeof ending === 'number' ? `exit code ${ending}` : ending;
    throw missing(sources, `its command failed with ${how}`, RUN_BY_HAND);
  }
  if (output.length > LARGEST) {
    throw missing(sources, `its command printed more than ${LARGEST} characters`, RUN_BY_HAND);
  }
  return output.split(/\r?\n/, 1)[0] ?? '';
}
