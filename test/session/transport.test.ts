import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import { openTransport } from '../../src/session/transport.js';
import { makePeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Opens the transport of a profile whose client key lies in a file. */
async function openWith(keyPem: string, mode: number): Promise<unknown> {
  const home = temporaryDirectory();
  const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  writeFileSync(cert, (await makePeer('acme')).certificatePem);
  writeFileSync(key, keyPem);
  chmodSync(key, mode);
  const flags = {
    ...{ transport: 'kafkas://127.0.0.1:1', 'transport.cert': cert, 'transport.key': key },
  };
  const { settings } = loadConfiguration({
    ...{ profile: undefined, flags, env: { MSG_HOME: home }, cwd: home, home: homedir() },
  });
  return openTransport({
    ...{ settings, clock: Date.now, random: randomBytes, debug: () => undefined },
    secret: () => Promise.reject(new Error('no secret is needed')),
  }).then(
    (transport) => transport.close(),
    (error: unknown) => error,
  );
}

describe('the private key of the client certificate for the brokers', () => {
  it.each([0o640, 0o604])('is refused when others may read it (%o)', async (mode) => {
    const { keyPem } = await makePeer('acme');
    expect(await openWith(keyPem, mode)).toMatchObject({
      code: 'key-refused',
      hint: expect.stringMatching(/^chmod 600 /) as string,
    });
  });

  it('is read when it is for its owner alone', async () => {
    const { keyPem } = await makePeer('acme');
    expect(await openWith(keyPem, 0o600)).toBeUndefined();
  });

  it('is refused when it takes a passphrase, with the way to do without', async () => {
    const { key } = await makePeer('acme');
    const form = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    expect(await openWith(String(key.privateKey.export(form)), 0o600)).toMatchObject({
      code: 'key-refused',
      hint: expect.stringContaining('openssl pkey -in') as string,
    });
  });
});
