import { link, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, linkOrCopyDurably, syncDirectory, unlinkQuietly } from '../files/durable-file.js';
import { makeDirectory } from '../files/make-directory.js';
import { MsgError } from '../errors.js';
import { numberedName } from './file-name.js';

/**
 * Moves a file into a directory, which is made where it is missing. Nothing there is overwritten: a
 * name that is taken gets a number. Killed in the middle, the file is at the old place, at the new
 * one, or at both.
 *
 * @returns the new path
 * @throws MsgError `sink-unavailable`
 */
export async function moveInto(directory: string, path: string): Promise<string> {
  try {
    makeDirectory(directory);
    const target = await placeIn(directory, path);
    await syncDirectory(directory);
    await unlink(path);
    await syncDirectory(dirname(path));
    return target;
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new MsgError('sink-unavailable', `cannot move ${path} to ${directory}: ${code}`, {
      hint: 'it was sent and is not sent again; the next run moves it',
      cause: error,
    });
  }
}

async function placeIn(directory: string, path: string): Promise<string> {
  // What lies on another file system is copied whole before it gets its name.
  const isNear = (await stat(directory)).dev === (await stat(path)).dev;
  const temporary = join(directory, `.${basename(path)}.part`);
  if (!isNear) {
    await unlinkQuietly(temporary);
    await linkOrCopyDurably(path, temporary);
  }
  const target = await nameFor(isNear ? path : temporary, join(directory, basename(path)));
  if (!isNear) await unlinkQuietly(temporary);
  return target;
}

/** Gives a file a second name, or that with the first number that is free. */
async function nameFor(path: string, wanted: string): Promise<string> {
  for (let count = 1; ; count++) {
    const target = join(dirname(wanted), numberedName(basename(wanted), count));
    try {
      await link(path, target);
      return target;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
