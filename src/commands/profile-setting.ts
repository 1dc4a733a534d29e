import { readProfileFile } from '../config/profile-file.js';
import type { ProfileChanges } from '../config/profile-store.js';
import type { Context } from '../runtime.js';
import { pathBase } from './configuration.js';

/**
 * Changes settings of the profile in use, and says so on stderr.
 *
 * @returns whether there is such a profile; one that only flags and environment make up is not
 *   written.
 */
export async function setInProfile(changes: ProfileChanges, context: Context): Promise<boolean> {
  const { profile, directories } = (await context.session()).configuration;
  if (!readProfileFile(directories).profiles.has(profile)) return false;
  const { openProfileStore } = await import('../config/profile-store.js');
  openProfileStore(directories, pathBase()).set(profile, changes);
  for (const [key, value] of Object.entries(changes)) {
    context.report.note(`profile ${profile}: ${key} is now ${value ?? 'the built-in one'}`);
  }
  return true;
}
