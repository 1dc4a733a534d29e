import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { measured, type Measured } from './measured.js';

/** What somebody does who has `openssl`, `split` and `kcat`, and no msg. */
export interface Pipes {
  /** Signs, encrypts, cuts into records and sends. */
  send(file: string): Promise<Measured>;
  /** Receives the records, puts them together, decrypts and verifies. */
  receive(file: string): Promise<Measured>;
}

/** So many bytes of the envelope go into one record. */
const RECORD = 900 * 1024;

/** Makes a key pair and a topic of their own. */
export async function openPipes(directory: string, bootstrap: string): Promise<Pipes> {
  const [key, certificate] = ['pipes.key', 'pipes.pem'].map((name) => join(directory, name));
  const subject = ['-subj', '/CN=pipes', '-days', '2'];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  execFileSync('openssl', [
    ...[
      'req',
      '-x509',
      '-nodes',
      ...ec,
      ...subject,
      '-keyout',
      key ?? '',
      '-out',
      certificate ?? '',
    ],
  ]);
  const { Kafka, logLevel } = await import('kafkajs');
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  let round = 0;
  const env = { ...process.env, KEY: key, CERT: certificate, BROKER: bootstrap, DIR: directory };
  const shell = (script: string, topic: string, file: string): Promise<Measured> =>
    measured('bash', ['-c', `set -euo pipefail; ${script}`], {
      env: { ...env, TOPIC: topic, FILE: file },
    });
  return {
    async send(file) {
      const topic = `pipes.${++round}`;
      await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
      return shell(SEND, topic, file);
    },
    receive: (file) => shell(RECEIVE, `pipes.${round}`, file),
  };
}

const SEND = `
  rm -rf "$DIR/pieces"; mkdir "$DIR/pieces"
  openssl cms -sign -binary -nodetach -stream -outform DER -signer "$CERT" -inkey "$KEY" -in "$FILE" |
  openssl cms -encrypt -binary -stream -outform DER -aes-256-cbc "$CERT" |
  split -b ${RECORD} -a 5 - "$DIR/pieces/"
  find "$DIR/pieces" -type f | sort | xargs kcat -P -b "$BROKER" -t "$TOPIC" -k pipes -X acks=all
  rm -rf "$DIR/pieces"`;

const RECEIVE = `
  kcat -C -q -e -o beginning -f '%s' -b "$BROKER" -t "$TOPIC" |
  openssl cms -decrypt -binary -inform DER -inkey "$KEY" -recip "$CERT" |
  openssl cms -verify -binary -inform DER -noverify -out "$FILE" 2>/dev/null
  sync "$FILE"`;
