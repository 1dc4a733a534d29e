import { pbkdf2Sync, randomBytes } from 'node:crypto';

/** A user of a broker and the password that proves it. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

const ITERATIONS = 8192;

/**
 * The argument with which Kafka's storage tool creates a SCRAM-SHA-512 user (RFC 5802, KIP-900). It
 * holds the salted password, since a plain one could be read in the list of processes.
 */
export function scramArgument({ name, password }: Credentials, salt = randomBytes(32)): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
  const fields = [
    `name="${name}"`,
    `salt="${salt.toString('base64')}"`,
    `saltedpassword="${salted.toString('base64')}"`,
    `iterations=${ITERATIONS}`,
  ];
  return `SCRAM-SHA-512=[${fields.join(',')}]`;
}
