import type { Fingerprint } from '../domain/fingerprint.js';
import type { PeerName } from '../domain/peer-name.js';
import { Connection } from '../sqlite/connection.js';
import { migrate } from '../sqlite/migrate.js';
import { CACHE_SCHEMA } from './cache-schema.js';
import { readCertificateRow, readHeadRow, readPeerRow, writtenPending } from './cache-row.js';
import type { CachedHead } from './cache-row.js';
import type { DirectoryPeer, PublishedCertificate } from './directory-peer.js';
import type { Address } from './port.js';
import { RememberedPeers } from './remembered-peers.js';

export type { CachedHead } from './cache-row.js';

/** What a look at the chain changes in the cache; applied whole or not at all. */
export interface CacheUpdate {
  readonly head: CachedHead;
  /**
   * Works out, from the records as the basis has them, those that are new or changed, or with
   * `replacesAll` every record that there is. What it throws leaves the cache as it was.
   */
  readonly peers: () => readonly DirectoryPeer[];
  readonly replacesAll: boolean;
}

/** Where the cache lies and which directory's part of it is meant. */
export interface CacheOptions {
  readonly path: string;
  readonly chainId: bigint;
  readonly address: Address;
}

/**
 * The last seen state of one directory, in a SQLite file that several processes share. Peers and head
 * always belong together.
 *
 * Failures are MsgErrors of SQLite's: `config`, `disk-full`, `ledger-busy`.
 */
export class AddressBookCache {
  readonly #connection: Connection;
  readonly #chainId: string;
  readonly #remembered = new RememberedPeers();
  readonly address: Address;

  constructor({ path, chainId, address }: CacheOptions) {
    this.#connection = new Connection({
      path,
      mode: 0o600,
      what: `the address book's cache ${path}`,
      busy: 'ledger-busy',
    });
    this.#chainId = String(chainId);
    this.address = address;
    migrate(this.#connection, CACHE_SCHEMA);
    // A commit lost in a power failure costs one look at the chain; waiting for the disk costs all.
    this.#connection.exec('PRAGMA synchronous = NORMAL');
  }

  /** How far the cache reaches; undefined before the first look at the chain. */
  head(): CachedHead | undefined {
    const row = this.#connection.get(
      'SELECT * FROM directory WHERE chain_id = ? AND address = ?',
      ...this.#key(),
    );
    return row === undefined ? undefined : readHeadRow(row, this.address);
  }

  /** One peer by its name. */
  find(name: PeerName): DirectoryPeer | undefined {
    return this.#peer('name', name);
  }

  /** One peer by the hash of its name. */
  findById(id: string): DirectoryPeer | undefined {
    return this.#peer('id', id);
  }

  /** The peers that ever published the certificate, by name. */
  ownersOf(fingerprint: Fingerprint): readonly DirectoryPeer[] {
    // Sorted here: SQLite would go through all names in their order rather than use the index.
    const rows = this.#connection.all(
      `SELECT name FROM certificate
        WHERE directory = (SELECT number FROM directory WHERE chain_id = ? AND address = ?)
          AND fingerprint = ?`,
      ...this.#key(),
      fingerprint,
    );
    const names = [...new Set(rows.map((row) => row.text('name')))].sort();
    return names.map((name) => this.#peer('name', name)).filter((peer) => peer !== undefined);
  }

  /** All peers by name, removed ones included. */
  list(): readonly DirectoryPeer[] {
    const certificates = new Map<string, PublishedCertificate[]>();
    for (const row of this.#connection.all(
      `SELECT c.* FROM certificate c JOIN directory d ON d.number = c.directory
        WHERE d.chain_id = ? AND d.address = ? ORDER BY c.name, c.version`,
      ...this.#key(),
    )) {
      const name = row.text('name');
      const versions = certificates.get(name);
      if (versions === undefined) certificates.set(name, [readCertificateRow(row)]);
      else versions.push(readCertificateRow(row));
    }
    const peers = this.#connection.all(
      `SELECT p.* FROM peer p JOIN directory d ON d.number = p.directory
        WHERE d.chain_id = ? AND d.address = ? ORDER BY p.name`,
      ...this.#key(),
    );
    return peers.map((row) => readPeerRow(row, certificates.get(row.text('name')) ?? []));
  }

  /**
   * Applies what a look at the chain found, unless another process was faster.
   *
   * @param basis The head that the update was worked out from.
   * @returns Whether it was applied.
   */
  apply(update: CacheUpdate, basis: CachedHead | undefined): boolean {
    return this.#connection.transaction(() => {
      const present = this.head();
      if (present?.head !== basis?.head || present?.blockHash !== basis?.blockHash) return false;
      const peers = update.peers();
      this.#writeHead(update.head);
      const number = this.#number();
      if (update.replacesAll) {
        this.#connection.run('DELETE FROM peer WHERE directory = ?', number);
      }
      for (const peer of peers) this.#writePeer(number, peer);
      return true;
    });
  }

  /** Gives the file back. */
  close(): void {
    this.#connection.close();
  }

  #key(): [string, string] {
    return [this.#chainId, this.address.toLowerCase()];
  }

  #number(): bigint {
    const row = this.#connection.get(
      'SELECT number FROM directory WHERE chain_id = ? AND address = ?',
      ...this.#key(),
    );
    return row?.bigint('number') ?? 0n;
  }

  #peer(column: 'name' | 'id', value: string): DirectoryPeer | undefined {
    const row = this.#connection.get(
      `SELECT p.*, d.head, d.block_hash FROM peer p JOIN directory d ON d.number = p.directory
        WHERE d.chain_id = ? AND d.address = ? AND p.${column} = ?`,
      ...this.#key(),
      value,
    );
    if (row === undefined) return undefined;
    const name = row.text('name');
    const head = `${row.text('head')} ${row.text('block_hash')}`;
    return this.#remembered.get(name, head, () => {
      const certificates = this.#connection.all(
        'SELECT * FROM certificate WHERE directory = ? AND name = ? ORDER BY version',
        row.bigint('directory'),
        name,
      );
      return readPeerRow(row, certificates.map(readCertificateRow));
    });
  }

  #writeHead(head: CachedHead): void {
    this.#connection.run(
      `INSERT INTO directory (chain_id, address, genesis, seq, head, block, block_hash, block_time,
                              frozen, successor, checked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (chain_id, address) DO UPDATE SET
         genesis = excluded.genesis, seq = excluded.seq, head = excluded.head,
         block = excluded.block, block_hash = excluded.block_hash,
         block_time = excluded.block_time, frozen = excluded.frozen,
         successor = excluded.successor, checked_at = excluded.checked_at`,
      ...[...this.#key(), head.genesis, String(head.seq), head.head],
      ...[String(head.block), head.blockHash, head.blockTime],
      ...[head.frozen ? 1 : 0, head.successor, head.checkedAt],
    );
  }

  #writePeer(directory: bigint, peer: DirectoryPeer): void {
    const key = [directory, peer.name] as const;
    this.#connection.run('DELETE FROM peer WHERE directory = ? AND name = ?', ...key);
    this.#connection.run(
      `INSERT INTO peer (directory, name, id, status, owner, operator, guardian, pending, seq,
                         block, profile)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[...key, peer.id, peer.status, peer.owner, peer.operator, peer.guardian],
      ...[writtenPending(peer.pending), String(peer.seq), String(peer.block), peer.profile],
    );
    for (const version of peer.certificates) this.#writeCertificate(key, version);
  }

  #writeCertificate(key: readonly [bigint, string], version: PublishedCertificate): void {
    this.#connection.run(
      `INSERT INTO certificate (directory, name, version, fingerprint, owner, published_at,
                                revoked_at, reason, leaf, chain, proof)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[...key, version.index, version.fingerprint, version.owner, version.publishedAt],
      ...[version.revokedAt, version.reason, version.leaf, version.chain, version.proof],
    );
  }
}
