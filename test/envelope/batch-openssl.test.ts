import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sealBatch } from '../support/batches.js';
import { describeWithOpenssl, opensslOk } from '../support/openssl.js';
import { makePeer } from '../support/pki.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** The first block of shell below a heading of the document. */
function shellBelow(heading: string): string {
  const text = readFileSync('docs/wire-format.md', 'utf8');
  const [, block] = /```sh\n([\s\S]*?)```/.exec(text.slice(text.indexOf(`\n${heading}\n`))) ?? [];
  return block ?? expect.fail(`${heading} has no shell`);
}

describeWithOpenssl('OpenSSL and a shell', () => {
  it('open a batch and cut it as the document says', async () => {
    const [alice, bob] = await Promise.all([makePeer('alice'), makePeer('bob')]);
    const texts = ['{"order": 1}', '', 'räksmörgås\n', 'x'.repeat(70_000)];
    const batch = await sealBatch(
      alice,
      bob,
      texts.map((text) => ({ text, type: 'a "type", {"id":"no"}' })),
    );
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, 'message.p7m'), batch.sealed);
    writeFileSync(join(cwd, 'cert.pem'), bob.certificatePem);
    writeFileSync(join(cwd, 'key.pem'), bob.keyPem, { mode: 0o600 });
    const open = ['cms', '-decrypt', '-binary', '-inform', 'DER', '-in', join(cwd, 'message.p7m')];
    const keys = ['-recip', join(cwd, 'cert.pem'), '-inkey', join(cwd, 'key.pem')];
    opensslOk([...open, ...keys, '-out', join(cwd, 'signed.der')]);
    const verify = ['cms', '-verify', '-noverify', '-binary', '-inform', 'DER'];
    opensslOk([...verify, '-in', join(cwd, 'signed.der'), '-out', join(cwd, 'payload')]);
    const cut = spawnSync('sh', ['-eu', '-c', shellBelow('## Batches')], { cwd });
    expect(cut.stderr.toString()).toBe('');
    const got = batch.ids.map((id) => readFileSync(join(cwd, id), 'utf8'));
    expect(got).toEqual(texts);
  });
});
