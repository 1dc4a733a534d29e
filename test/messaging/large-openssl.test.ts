import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeLargePeers } from '../support/large-inbox.js';
import { LargeOutbox, SIZE } from '../support/large-outbox.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { suiteDirectory } from '../support/suite-directory.js';
import type { TestPeer } from '../support/pki.js';

const CMS = ['-binary', '-inform', 'DER'];

/** As docs/wire-format.md has it, section "Open a message with OpenSSL". */
function openMessage(sealed: Uint8Array, files: Record<'certificate' | 'key' | 'root', string>) {
  const { certificate, key, root } = files;
  const signed = openssl(['cms', '-decrypt', ...CMS, '-recip', certificate, '-inkey', key], sealed);
  const opened = openssl(['cms', '-verify', '-cades', ...CMS, '-CAfile', root], signed.stdout);
  expect(opened.stderr).toContain('CAdES Verification successful');
  return opened.stdout;
}

function openChunk(
  sealed: Uint8Array,
  { file, key, count }: { file: string; key: string; count: number },
  index: number,
): Buffer {
  const place = index.toString(16).padStart(8, '0');
  const info = Buffer.from('msg/v1 chunk').toString('hex') + place;
  const last = index === count - 1 ? '01' : '00';
  const options = ['digest:SHA256', `hexkey:${key}`, `hexsalt:${file}`, `hexinfo:${info}${last}`];
  const kdf = options.flatMap((option) => ['-kdfopt', option]);
  const kek = opensslOk(['kdf', '-keylen', '32', ...kdf, 'HKDF'])
    .trim()
    .replaceAll(':', '');
  const secret = ['-secretkey', kek, '-secretkeyid', file + place];
  const opened = openssl(['cms', '-decrypt', ...CMS, ...secret], sealed);
  expect(opened.stderr).toBe('');
  return opened.stdout;
}

function gunzip(packed: Uint8Array): Buffer {
  const { status, stdout } = spawnSync('gunzip', ['-c'], { input: packed, maxBuffer: 2 * SIZE });
  expect(status).toBe(0);
  return stdout;
}

describeWithOpenssl('OpenSSL and gunzip', () => {
  const directory = suiteDirectory();

  const filesOf = (peer: TestPeer, sender: TestPeer) => ({
    certificate: directory.put(`${peer.name}.pem`, peer.certificatePem),
    key: directory.put(`${peer.name}.key`, peer.keyPem),
    root: directory.put('root.pem', sender.rootPem),
  });

  it('open a packed message, and a packed payload chunk by chunk, out of the log', async () => {
    const { alice, bob, carol } = await makeLargePeers();
    const box = await LargeOutbox.open({ alice, bob, carol });
    const small = Buffer.alloc(40_000, 'the quarterly figures ');
    await box.send({ payload: small, encoding: 'gzip' });
    box.content = Buffer.concat([Buffer.alloc(SIZE / 2, 'in words '), box.content]);
    writeFileSync(box.path, box.content);
    await box.send({ encoding: 'gzip' });
    const [message, manifest, ...chunks] = await box.sides.records(bob);
    if (message === undefined || manifest === undefined) throw new Error('nothing was sent');
    const files = filesOf(bob, alice);
    expect(gunzip(openMessage(message.value, files)).equals(small)).toBe(true);
    const announced = JSON.parse(openMessage(manifest.value, files).toString()) as {
      file: string;
      key: string;
      count: number;
    };
    expect(chunks).toHaveLength(announced.count);
    const opened = chunks.map(({ value }, index) => openChunk(value, announced, index));
    expect(gunzip(Buffer.concat(opened)).equals(box.content)).toBe(true);
  });
});
