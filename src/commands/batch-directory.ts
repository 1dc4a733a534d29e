import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { parseLifetime } from '../domain/duration.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { BatchItem } from '../messaging/batch.js';
import { contentTypeOf } from './content-type.js';

/** Which files of a directory to send, and how. */
export interface DirectoryOptions {
  readonly to?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly expires?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly recursive?: boolean | undefined;
}

/** What programs call a file that they have not finished. */
const UNFINISHED = /(?:^\.)|(?:~$)|(?:\.(?:part|partial|tmp|temp|crdownload|swp|lock)$)/i;

/**
 * The files of a directory in the order of their names: no hidden ones, none that go by a name for
 * unfinished files, no links. Undefined when the path is no directory.
 *
 * @throws MsgError `usage` without recipients, `file-not-found` for a directory that cannot be read.
 */
export async function itemsInDirectory(
  directory: string,
  options: DirectoryOptions,
): Promise<readonly BatchItem[] | undefined> {
  const names = await filesIn(directory, options.recursive === true);
  if (names === undefined) return undefined;
  const to = [...new Set((options.to ?? []).flatMap((one) => one.split(',')).map(parsePeerName))];
  if (to.length === 0) {
    throw new MsgError('usage', 'to whom?', { hint: 'name the recipients with --to PEER' });
  }
  const expiresIn = options.expires === undefined ? undefined : parseLifetime(options.expires);
  return names
    .filter((name) => isWanted(name, options.include))
    .map((name) => ({
      file: join(directory, name),
      path: name,
      request: {
        ...{ to, contentType: contentTypeOf(name), name: basename(name) },
        ...(options.type === undefined ? {} : { type: options.type }),
        ...(expiresIn === undefined ? {} : { expiresIn }),
      },
    }));
}

async function filesIn(directory: string, recursive: boolean): Promise<string[] | undefined> {
  try {
    const entries = await readdir(directory, { withFileTypes: true, recursive });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
      .sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'ENOTDIR') return undefined;
    if (code === undefined) throw error;
    throw new MsgError('file-not-found', `cannot read ${directory}: ${code}`, {
      hint: 'check who may read it',
      cause: error,
    });
  }
}

function isWanted(name: string, include: readonly string[] | undefined): boolean {
  if (name.split(sep).some((part) => UNFINISHED.test(part))) return false;
  return include === undefined || include.some((glob) => matches(basename(name), glob));
}

/** `*`, `?` and everything else for itself: what a shell's user expects of a file name. */
function matches(name: string, glob: string): boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 'su').test(name);
}
