import { chunkWrappingKey, keyIdentifierOf } from '../../src/envelope/chunk-key.js';
import { expect, it } from 'vitest';
import { newFileKey, openSealed, sealChunks, chunkRefusal } from '../support/chunks.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';

const CONTENTS = [Buffer.alloc(70_000, 'line\r\n'), Buffer.from([0, 255, 13, 10]), Buffer.of()];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The key of a chunk, derived by OpenSSL from the words of docs/wire-format.md. */
function derivedByOpenssl(key: Uint8Array, id: Uint8Array, index: number, last: boolean): string {
  const info = Buffer.concat([Buffer.from('msg/v1 chunk'), Buffer.of(0, 0, 0, index, +last)]);
  const options = ['digest:SHA256', `hexkey:${hex(key)}`, `hexsalt:${hex(id)}`];
  const all = [...options, `hexinfo:${hex(info)}`].flatMap((option) => ['-kdfopt', option]);
  const text = opensslOk(['kdf', '-keylen', '32', ...all, 'HKDF']);
  return text.trim().replaceAll(':', '').toLowerCase();
}

describeWithOpenssl('OpenSSL', () => {
  it('derives the key of a chunk from the words of the document, and opens it with that', () => {
    const file = newFileKey();
    sealChunks(file, CONTENTS).forEach((sealed, index) => {
      const isLast = index === CONTENTS.length - 1;
      const key = derivedByOpenssl(file.fileKey, file.fileId, index, isLast);
      expect(key).toBe(hex(chunkWrappingKey(file, { index, isLast })));
      const id = hex(file.fileId) + index.toString(16).padStart(8, '0');
      expect(id).toBe(hex(keyIdentifierOf(file.fileId, index)));
      const args = ['cms', '-decrypt', '-binary', '-inform', 'DER'];
      const opened = openssl([...args, '-secretkey', key, '-secretkeyid', id], sealed);
      expect(opened.stderr).toBe('');
      expect(opened.stdout.equals(CONTENTS[index] ?? Buffer.of(1))).toBe(true);
    });
  });

  it('finds no fault with the structure of a chunk', () => {
    const [sealed = Buffer.of()] = sealChunks(newFileKey(), [Buffer.from('hello')]);
    const printed = opensslOk(['cms', '-cmsout', '-print', '-noout', '-inform', 'DER'], sealed);
    expect(printed).toContain('contentType: id-smime-ct-authEnvelopedData');
    expect(printed).toMatch(/d\.kekri:\s+version: 4/);
    expect(printed).toContain('algorithm: id-aes256-wrap');
  });

  it('makes chunks that are opened here, in one piece or streamed', () => {
    const file = newFileKey();
    const key = hex(chunkWrappingKey(file, { index: 2, isLast: false }));
    const id = hex(keyIdentifierOf(file.fileId, 2));
    for (const streamed of [[], ['-stream']]) {
      const cipher = ['-aes-256-gcm', '-secretkey', key, '-secretkeyid', id];
      const args = ['cms', '-encrypt', '-binary', '-outform', 'DER', ...streamed, ...cipher];
      const { stdout } = openssl(args, 'hello');
      expect(openSealed(stdout, file, 9).toString()).toBe('hello');
      expect(chunkRefusal(stdout, file, 3).reason).toBe('undecryptable');
    }
  });
});
