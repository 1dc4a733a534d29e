import { pbkdf2Sync, randomBytes } from 'node:crypto';

/** A user of a broker and the password that proves it. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** The mechanisms with which users of a broker prove themselves, and the hash behind each. */
export const SCRAM_MECHANISMS = {
  'SCRAM-SHA-256': { hash: 'sha256', length: 32 },
  'SCRAM-SHA-512': { hash: 'sha512', length: 64 },
} as const;

/** A SCRAM mechanism (RFC 5802, RFC 7677). */
export type ScramMechanism = keyof typeof SCRAM_MECHANISMS;

const ITERATIONS = 8192;

/**
 * The argument with which Kafka's storage tool creates a SCRAM user (RFC 5802, KIP-900). It holds the
 * salted password, since a plain one could be read in the list of processes.
 */
export function scramArgument(
  { name, password }: Credentials,
  mechanism: ScramMechanism,
  salt = randomBytes(32),
): string {
  const { hash, length } = SCRAM_MECHANISMS[mechanism];
  const salted = pbkdf2Sync(password, salt, ITERATIONS, length, hash);
  const fields = [
    `name="${name}"`,
    `salt="${salt.toString('base64')}"`,
    `saltedpassword="${salted.toString('base64')}"`,
    `iterations=${ITERATIONS}`,
  ];
  return `${mechanism}=[${fields.join(',')}]`;
}
