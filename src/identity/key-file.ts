import type { RandomSource } from '../domain/environment.js';
import { readPrivate, writeWhole } from './private-file.js';
import { decodePrivateKey, encodePrivateKey, type PassphraseSource } from './private-key.js';
import { softwareKey, type SoftwareKey } from './software-key.js';

/** How to write a key file. */
export interface KeyFileOptions {
  /** Encrypts the key; without one it is protected by the file's mode alone. */
  readonly passphrase?: string | undefined;
  readonly random: RandomSource;
  /** Whether a file that is there already is replaced. */
  readonly force?: boolean;
}

/**
 * Writes a private key into a file with mode 0600, wholly or not at all.
 *
 * @throws MsgError `file-exists` when the file is there and `force` is not set.
 */
export async function writeKeyFile(
  path: string,
  key: SoftwareKey,
  options: KeyFileOptions,
): Promise<void> {
  const { passphrase, random, force = false } = options;
  writeWhole(path, await encodePrivateKey(key.privateKey, passphrase, random), { force });
}

/**
 * Loads a private key from a file. The passphrase is asked for only when the key is encrypted.
 *
 * @throws MsgError `key-missing`, `key-refused` (open to others, damaged, of another kind) or
 *   `passphrase`.
 */
export async function readKeyFile(
  path: string,
  passphrase: PassphraseSource,
): Promise<SoftwareKey> {
  return softwareKey(await decodePrivateKey(readPrivate(path), path, passphrase));
}
