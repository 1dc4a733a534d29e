import type { PeerName } from '../domain/peer-name.js';
import { isPeerName } from '../domain/peer-name.js';
import { Connection } from '../sqlite/connection.js';

/** A peer as the cache has it, for a quick look. */
export interface CachedName {
  readonly name: PeerName;
  /** `active`, `suspended` or `removed`, as last seen. */
  readonly status: string;
}

/**
 * The names that a directory's cache holds, without asking the chain, writing anything, or waiting
 * longer than a moment for another process.
 *
 * @throws MsgError when there is no cache, or one that this version cannot read.
 */
export function cachedNames(options: {
  readonly path: string;
  readonly chainId: bigint;
  /** The contract's address, in any spelling. */
  readonly address: string;
}): readonly CachedName[] {
  const { path, chainId, address } = options;
  const connection = new Connection({
    ...{ path, what: `the address book's cache ${path}`, busy: 'ledger-busy' },
    ...{ readOnly: true, busyTimeout: 20 },
  });
  try {
    const rows = connection.all(
      `SELECT p.name, p.status FROM peer p JOIN directory d ON d.number = p.directory
        WHERE d.chain_id = ? AND d.address = ? ORDER BY p.name`,
      String(chainId),
      address.toLowerCase(),
    );
    return rows.flatMap((row) => {
      const name = row.text('name');
      return isPeerName(name) ? [{ name, status: row.text('status') }] : [];
    });
  } finally {
    connection.close();
  }
}
