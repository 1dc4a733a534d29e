import { join } from 'node:path';
import type { Configuration } from '../config/load.js';
import { ListStore } from '../crl/list-store.js';
import { PublishedLists } from '../crl/published-lists.js';
import type { Clock, RandomSource } from '../domain/environment.js';

/**
 * The revocation lists that certificates name, kept in the cache all profiles share; undefined for a
 * profile that is to have none fetched. Nothing is opened or fetched before it is wanted.
 */
export function publishedLists(
  { settings, directories }: Configuration,
  tools: {
    readonly clock: Clock;
    readonly random: RandomSource;
    readonly debug: (topic: string, line: string) => void;
  },
): PublishedLists | undefined {
  if (settings['trust.crl-fetch'].value === 'off') return undefined;
  const { clock, random, debug } = tools;
  return new PublishedLists({
    store: new ListStore(join(directories.cache, 'crls'), random),
    clock,
    maxAge: settings['trust.crl-max-age'].value,
    timeout: settings['trust.crl-timeout'].value,
    debug: (line) => {
      debug('crl', line);
    },
  });
}
