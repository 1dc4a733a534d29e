import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import { KeyStore } from '../../src/identity/store.js';
import { loadAuthority } from '../../src/sandbox/authority-files.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { jsonLines } from '../support/json-lines.js';
import { makeAuthority } from '../support/pki.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { sandboxDirectoryIn } from '../support/sandbox-parts.js';

describe('a certificate in the place of another one of the same key', () => {
  let sandbox: Sandbox;
  let authority: Authority;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
    const directory = join(sandboxDirectoryIn(sandbox.home), 'ca');
    authority = loadAuthority(directory, { clock: Date.now, random: randomBytes });
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  const keys = (): KeyStore => new KeyStore(join(sandbox.home, 'data', 'alice', 'keys'));
  const fingerprintOf = (label: string): string | undefined =>
    keys().find(label).certificate?.fingerprint;

  /** The certificate that somebody issues for a key's request, as a file. */
  async function certified(label: string, by: Authority): Promise<string> {
    const { requestPath = '' } = keys().find(label);
    const [request] = readPem(readFileSync(requestPath, 'latin1'));
    const certificate = await by.issueFor(request?.der ?? Buffer.alloc(0));
    const file = join(sandbox.files, `${certificate.fingerprint}.pem`);
    writeFileSync(file, [certificate, ...by.chain].map(certificateToPem).join(''));
    return file;
  }

  it('is refused where the directory has the other one: messages are sealed to that', async () => {
    const label = keys().current()?.label ?? '';
    const [before, file] = [fingerprintOf(label), await certified(label, authority)];
    const refused = await sandbox.as('alice', ['identity', 'import', file, '--replace']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain(
      `the certificate of the key ${label} is version 0 of alice in the directory`,
    );
    expect(refused.stderr).toContain('publish it with "msg rotate"');
    expect(fingerprintOf(label)).toBe(before);
  });

  it('is published and signs, where the other one was issued by the wrong authority', async () => {
    const create = ['identity', 'create', '--label', 'next', '--no-passphrase'];
    expect((await sandbox.as('alice', create)).code).toBe(0);
    const bad = await certified('next', await makeAuthority());
    expect((await sandbox.as('alice', ['identity', 'import', bad])).code).toBe(0);
    const good = await certified('next', authority);
    const replaced = await sandbox.as('alice', ['identity', 'import', good, '--replace']);
    expect(replaced).toMatchObject({ code: 0, stdout: 'next\n' });
    expect(replaced.stderr).not.toContain('warning');
    const rotated = await sandbox.as('alice', ['rotate', '--label', 'next']);
    expect(rotated.code).toBe(0);
    const shown = await sandbox.as('bob', [
      'peer',
      'show',
      'alice',
      '--json',
      '--book-max-age',
      '0',
    ]);
    expect(jsonLines(shown.stdout)).toMatchObject([
      { trusted: true, certificates: [{}, { fingerprint: fingerprintOf('next') }] },
    ]);
  });
});
