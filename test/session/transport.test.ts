import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/config/load.js';
import { isReachedUnasked, openTransport } from '../../src/session/transport.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Opens the transport of a profile whose client key lies in a file. */
async function openWith(
  { certificatePem, keyPem }: Pick<TestPeer, 'certificatePem' | 'keyPem'>,
  mode: number,
): Promise<unknown> {
  const home = temporaryDirectory();
  const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  writeFileSync(cert, certificatePem);
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
    process: { name: 'test', isGone: () => false },
    secret: () => Promise.reject(new Error('no secret is needed')),
  }).then(
    (transport) => transport.close(),
    (error: unknown) => error,
  );
}

describe('the private key of the client certificate for the brokers', () => {
  it.each([0o640, 0o604])('is refused when others may read it (%o)', async (mode) => {
    expect(await openWith(await makePeer('acme'), mode)).toMatchObject({
      code: 'key-refused',
      hint: expect.stringMatching(/^chmod 600 /) as string,
    });
  });

  it('is read when it is for its owner alone', async () => {
    expect(await openWith(await makePeer('acme'), 0o600)).toBeUndefined();
  });
});

describe('a log is reached before it is needed', () => {
  function isReached(flags: Readonly<Record<string, string>>): boolean {
    const home = temporaryDirectory();
    const { settings } = loadConfiguration({
      ...{ profile: undefined, flags, env: { MSG_HOME: home }, cwd: home, home: homedir() },
    });
    return isReachedUnasked(settings);
  }
  const transport = 'kafkas://127.0.0.1:1';

  it.each([
    [{ transport }, true],
    [{ transport, 'transport.password': 'file:/run/secret' }, true],
    [{ transport, 'transport.key-passphrase': 'env:SECRET' }, true],
    [{ transport, 'transport.password': 'prompt' }, false],
    [{ transport, 'transport.key-passphrase': 'cmd:pass show kafka' }, false],
    [{}, false],
  ])('where nobody has to be asked for a secret: %o: %s', (flags, expected) => {
    expect(isReached(flags)).toBe(expected);
  });
});
