import { Connection } from '../sqlite/connection.js';
import type { CacheOptions } from './cache.js';

/**
 * Forgets what an address book's cache holds of one directory, for good: its chain is gone.
 *
 * @returns whether the cache holds other directories
 * @throws MsgError `config` where this version cannot read the cache, `ledger-busy`
 */
export function forgetDirectory({ path, chainId, address }: CacheOptions): boolean {
  const what = `the address book's cache ${path}`;
  const connection = new Connection({ path, mode: 0o600, what, busy: 'ledger-busy' });
  try {
    connection.run(
      'DELETE FROM directory WHERE chain_id = ? AND address = ?',
      String(chainId),
      address.toLowerCase(),
    );
    return connection.get('SELECT 1 FROM directory') !== undefined;
  } finally {
    connection.close();
  }
}
