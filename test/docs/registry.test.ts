import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/domain/fingerprint.js';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { encodeWord } from '../../src/registry/abi/call.js';
import { parseAddress } from '../../src/registry/address.js';
import { loadArtifact } from '../../src/registry/artifact.js';
import { firstPoint, followJournal } from '../../src/registry/journal.js';
import { keccak256Hex } from '../../src/registry/keccak.js';
import { bindingText } from '../../src/registry/proof.js';

const TEXT = readFileSync('docs/registry.md', 'utf8');
const CHAIN = 1337n;
const DIRECTORY = parseAddress('0x5FbDB2315678afecb367f032d93F642f64180aa3');
const ACCOUNT = parseAddress('0x70997970C51812dc3A010C7d01b50e0d17dc79C8');

/** The value that the document gives of an item of an example. */
function stated(item: string): string {
  const lines = TEXT.split('\n').filter((line) => line.startsWith(`${item} `));
  const values = lines.map((line) => line.slice(item.length).trim().split(/\s/)[0] ?? '');
  return values.find((value) => value.startsWith('0x')) ?? `no ${item} is given`;
}

describe('docs/registry.md', () => {
  it('names the code that every directory of this release has', async () => {
    expect(stated('keccak256(code) =')).toBe((await loadArtifact()).codeHash);
  });

  it('gives an example of the hash chain that a reader can follow', () => {
    const start = firstPoint(CHAIN, DIRECTORY);
    expect(stated('head[0]')).toBe(start.head);
    expect(stated('id')).toBe(keccak256Hex('acme'));
    expect(stated('kind')).toBe(keccak256Hex('PeerSuspended(bytes32,address)'));
    const data = stated('data');
    expect(data).toBe(`0x${encodeWord(BigInt(ACCOUNT)).toString('hex')}`);
    const [kind, id, digest] = [stated('kind'), stated('id'), stated('digest')];
    const changed = keccak256Hex('Changed(uint64,bytes32,bytes32,bytes32,bytes32)');
    const first = `0x${encodeWord(1n).toString('hex')}`;
    const logs = [
      { topics: [kind, id], data, blockNumber: '0x1' },
      {
        ...{ topics: [changed, first, id, kind], blockNumber: '0x1' },
        data: digest + stated('head[1]').slice(2),
      },
    ];
    const end = { seq: 1n, head: stated('head[1]') };
    expect(followJournal(logs, start, end)).toMatchObject([{ seq: 1n, id, kind }]);
    expect(digest).toBe(keccak256Hex(Buffer.from(data.slice(2), 'hex')));
  });

  it('gives an example of the text that a proof signs', () => {
    const fingerprint = fingerprintOf(Buffer.of());
    const text = bindingText({
      ...{ chainId: CHAIN, directory: DIRECTORY, name: parsePeerName('acme') },
      ...{ owner: ACCOUNT, index: 0, fingerprint },
    });
    const begin = TEXT.indexOf('msg-directory-proof-v1\n1337');
    const lines = TEXT.slice(begin, TEXT.indexOf('```', begin)).trimEnd().split('\n');
    expect(lines.map((line) => `${line.split(' ')[0] ?? ''}\n`).join('')).toBe(
      Buffer.from(text).toString('ascii'),
    );
    expect(TEXT).toContain(`This text has ${text.length} bytes`);
    expect(TEXT).toContain(createHash('sha256').update(text).digest('hex'));
  });
});
