import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Settings } from '../config/resolve.js';
import type { Secret, SecretReference } from '../config/secret.js';
import { MsgError } from '../errors.js';
import { readPrivate } from '../identity/private-file.js';
import { isEncryptedKey } from '../identity/private-key.js';
import type { KafkaTls } from '../transport/kafka/config.js';
import { readPem } from './pem-setting.js';

type AskSecret = (reference: SecretReference, what: string, flag: string) => Promise<Secret>;

/**
 * What TLS towards the brokers works with, read and checked before anything is connected: from a
 * failed handshake nobody could tell a file that holds no certificate from a broker that is not to be
 * trusted.
 *
 * @throws MsgError `config` for a file that cannot be read, holds nothing of the kind or does not fit,
 *   `passphrase` when the key is encrypted under another one.
 */
export async function tlsOf(settings: Settings, secret: AskSecret): Promise<KafkaTls> {
  const ca = read(settings, 'transport.ca');
  if (ca !== undefined) certificateIn(ca, 'transport.ca');
  const cert = read(settings, 'transport.cert');
  const key = readKey(settings);
  if (cert === undefined && key === undefined) return ca === undefined ? {} : { ca: ca.pem };
  if (cert === undefined || key === undefined) throw alone(cert === undefined);
  const passphrase = await passphraseOf(settings, secret);
  const pair = certificateIn(cert, 'transport.cert').checkPrivateKey(keyIn(key, passphrase));
  if (!pair) {
    throw new MsgError('config', `${key.path} is not the key of the certificate ${cert.path}`, {
      hint: 'transport.cert and transport.key belong together; the certificate stands first in its file',
    });
  }
  return {
    ...(ca === undefined ? {} : { ca: ca.pem }),
    ...{ cert: cert.pem, key: key.pem },
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

interface PemFile {
  readonly path: string;
  readonly pem: string;
}

function read(settings: Settings, key: 'transport.ca' | 'transport.cert'): PemFile | undefined {
  const path = settings[key].value;
  return path === undefined ? undefined : { path, pem: readPem(path, key) };
}

function readKey(settings: Settings): PemFile | undefined {
  const path = settings['transport.key'].value;
  return path === undefined ? undefined : { path, pem: readPrivate(path).toString('utf8') };
}

async function passphraseOf(settings: Settings, secret: AskSecret): Promise<string | undefined> {
  const { value } = settings['transport.key-passphrase'];
  if (value === 'none') return undefined;
  const flag = '--transport-key-passphrase';
  return (await secret(value, "the passphrase of the brokers' client key", flag)).reveal();
}

function certificateIn({ path, pem }: PemFile, setting: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new MsgError('config', `${path} (${setting}) holds no certificate`, {
      hint: 'it has to be PEM: -----BEGIN CERTIFICATE-----',
      cause: error,
    });
  }
}

function keyIn({ path, pem }: PemFile, passphrase: string | undefined): KeyObject {
  const isEncrypted = isEncryptedKey(Buffer.from(pem));
  if (isEncrypted && passphrase === undefined) {
    throw new MsgError('key-refused', `${path} (transport.key) is encrypted`, {
      hint: 'say where its passphrase is: transport.key-passphrase',
    });
  }
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    if (!isEncrypted) {
      const hint = 'it has to be PEM: -----BEGIN PRIVATE KEY-----';
      const message = `${path} (transport.key) holds no private key`;
      throw new MsgError('config', message, { hint, cause });
    }
    throw new MsgError('passphrase', `the passphrase does not open ${path} (transport.key)`, {
      hint: 'check where transport.key-passphrase takes it from',
      cause,
    });
  }
}

function alone(isKey: boolean): MsgError {
  const [one, other] = isKey
    ? ['transport.key', 'transport.cert']
    : ['transport.cert', 'transport.key'];
  return new MsgError('config', `${one} is set, but ${other} is not`, {
    hint: 'a client certificate needs both',
  });
}
