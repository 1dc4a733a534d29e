import { spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { MsgError } from '../errors.js';
import { formatDuration } from '../domain/duration.js';
import { Secret, type SecretReference } from './secret.js';

/** What finding a secret depends on. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the secret is, for questions and errors: `the passphrase of the key store`. */
  readonly what: string;
  /** Asks the person at the terminal without showing the answer. */
  readonly ask: (question: string) => Promise<string>;
  /** How long a command may take, in milliseconds; a minute unless told otherwise. */
  readonly timeout?: number;
}

/** The largest secret taken from a file or command, in bytes. */
const LARGEST = 65_536;

/**
 * Finds the secret that a reference points to. A newline at the end of a file does not belong to the
 * secret; of a command's output the first line is the secret, and its stderr is passed on.
 *
 * @throws MsgError `passphrase` when it is not there, empty, or a file others may read; `timeout`
 * when a command does not answer; whatever `ask` throws.
 */
export async function resolveSecret(
  reference: SecretReference,
  sources: SecretSources,
): Promise<Secret> {
  const value = await find(reference, sources);
  if (value === '') throw missing(sources, `${placeOf(reference)} is empty`);
  return new Secret(value);
}

async function find(reference: SecretReference, sources: SecretSources): Promise<string> {
  switch (reference.kind) {
    case 'file':
      return readSecretFile(reference.path, sources);
    case 'cmd':
      return runSecretCommand(reference.command, sources);
    case 'prompt':
      return sources.ask(sources.what);
    case 'env': {
      const value = sources.env[reference.name];
      if (value === undefined) throw missing(sources, `${reference.name} is not set`);
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

function missing(sources: SecretSources, reason: string, hint?: string, cause?: unknown): MsgError {
  const more = hint === undefined ? {} : { hint };
  return new MsgError('passphrase', `no ${sources.what.replace(/^the /, '')}: ${reason}`, {
    ...more,
    cause,
  });
}

async function readSecretFile(path: string, sources: SecretSources): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    await refuseSharedFile(file, path, sources);
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(LARGEST) });
    if (bytesRead === LARGEST) throw missing(sources, `${path} is larger than ${LARGEST} bytes`);
    return buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof MsgError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw missing(sources, `cannot read ${path}: ${code}`, undefined, error);
  } finally {
    await file?.close();
  }
}

/**
 * The rule of libpq for key files: 0600 or less where the file is one's own, 0640 or less where it
 * belongs to somebody else, such as root in a container's secret volume.
 */
async function refuseSharedFile(
  file: FileHandle,
  path: string,
  sources: SecretSources,
): Promise<void> {
  const stat = await file.stat();
  if (process.platform === 'win32' || !stat.isFile()) return;
  const forbidden = stat.uid === process.getuid?.() ? 0o077 : 0o037;
  if ((stat.mode & forbidden) === 0) return;
  const shown = (stat.mode & 0o777).toString(8).padStart(4, '0');
  throw missing(
    sources,
    `${path} has mode ${shown}, so others can get at it`,
    `run: chmod 600 ${path}`,
  );
}

function runSecretCommand(command: string, sources: SecretSources): Promise<string> {
  const { timeout = 60_000 } = sources;
  // Not a process group of its own: that would take away the terminal from a command that asks there.
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => {
      settle(
        new MsgError(
          'timeout',
          `the command for ${sources.what} gave no answer in ${formatDuration(timeout)}`,
        ),
      );
    }, timeout);
    const settle = (answer: string | MsgError): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.kill();
      if (answer instanceof MsgError) reject(answer);
      else resolve(answer);
    };
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      if (output.length <= LARGEST) output += part;
    });
    child.on('error', (error) => {
      settle(missing(sources, 'its command could not be started', undefined, error));
    });
    child.on('close', (code, signal) => {
      const ending = signal ?? `exit code ${code ?? 'unknown'}`;
      if (code !== 0) settle(missing(sources, `its command failed with ${ending}`));
      else if (output.length > LARGEST)
        settle(missing(sources, `its command printed more than ${LARGEST} characters`));
      else settle(output.split(/\r?\n/, 1)[0] ?? '');
    });
  });
}
