import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import type { IncomingReceipt, ReceiptRow } from '../../src/ledger/port.js';
import { exportKept } from '../../src/messaging/receipts/export-kept.js';
import {
  keptWith,
  verifyKept,
  type KeptReceipt,
} from '../../src/messaging/receipts/verify-kept.js';
import type { CertificateVersion } from '../../src/registry/port.js';
import { makeProof } from '../../src/registry/proof.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { judgeWith, recordOf, ScriptedBook, versionOf, pathThat } from '../support/messaging.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { receiptBy } from '../support/receipts.js';
import { sideOf, type Side } from '../support/side.js';

let alice: TestPeer;
let bob: TestPeer;
let carol: TestPeer;
let side: Side;
let kept: KeptReceipt;

/** As a judge that followed the path to the root says it. */
function relyOnRoot({ certificate }: { readonly certificate: Certificate }) {
  const { root } = bob.authority;
  const reliedOn = () => ({ path: [certificate, root], crls: [] });
  return pathThat({ passed: true, detail: 'to the root', reliedOn });
}

/** What alice keeps when bob says that he has received her message. */
async function keptReceipt(says: 'received' | 'processed' = 'received'): Promise<KeptReceipt> {
  const message = await side.send([bob], 'hello');
  const { record } = await side.inspect(await receiptBy(bob, alice, message, says));
  expect(await side.keep(record)).toBe('receipt');
  const [row] = await side.ledger.receipts.list({ id: message.header.id });
  if (row === undefined) expect.fail('the receipt was not kept');
  return keptWith(row, side);
}

beforeAll(async () => {
  [alice, bob, carol] = await Promise.all([makePeer('alice'), makePeer('bob'), makePeer('carol')]);
});
beforeEach(async () => {
  const records = [recordOf(alice), recordOf(bob, { certificates: [await provenVersion()] })];
  side = sideOf(alice, records, { judge: judgeWith({ path: relyOnRoot }) });
  kept = await keptReceipt();
  // The certificates of tests begin now, which is later than the moment at which their messages come.
  kept = withJudgement({ at: new Date(bob.certificate.notBefore + 60_000).toISOString() });
});

/** Bob's version in the directory, with a proof that holds. */
async function provenVersion(): Promise<CertificateVersion> {
  const { chainId, address } = await ScriptedBook.of().head();
  const { owner, index, fingerprint } = versionOf(bob);
  const binding = { chainId, directory: address, owner, index, fingerprint };
  const proof = await makeProof({ ...binding, name: parsePeerName('bob') }, bob.key);
  return versionOf(bob, { proof });
}

const known = { isAnchorNow: () => true };

/** The checks that fail. */
function failing(changed: KeptReceipt): readonly string[] {
  return verifyKept(changed, known)
    .filter(({ passed }) => !passed)
    .map(({ check }) => check);
}

function withRow(changes: Partial<ReceiptRow>): KeptReceipt {
  return { ...kept, row: { ...kept.row, ...changes } };
}

function withJudgement(changes: object): KeptReceipt {
  const judgement = { ...(JSON.parse(kept.row.judgement) as object), ...changes };
  return withRow({ judgement: JSON.stringify(judgement) });
}

describe('a receipt that was kept', () => {
  it('is verified from what was kept with it, every check with its reason', () => {
    const steps = verifyKept(kept, known);
    expect(steps.map(({ check, passed }) => [check, passed])).toEqual([
      ...[
        ['original', true],
        ['signature', true],
        ['fit', true],
        ['statement', true],
      ],
      ...[
        ['path', true],
        ['revocation', true],
        ['directory', true],
        ['proof', true],
      ],
      ['own-path', true],
    ]);
    expect(steps[4]?.detail).toContain('which is one today');
  });

  it('says where its trust anchor is none any more', () => {
    const steps = verifyKept(kept, { isAnchorNow: () => false });
    expect(steps.every(({ passed }) => passed)).toBe(true);
    expect(steps[4]?.detail).toContain('none by the settings of today');
  });

  it.each<[string, () => KeptReceipt | Promise<KeptReceipt>, readonly string[]]>([
    [
      'is for another message',
      async () => ({ ...kept, original: (await keptReceipt()).original }),
      ['fit'],
    ],
    ['has lost the message it is for', () => ({ ...kept, original: undefined }), ['original']],
    ['is damaged', () => ({ ...kept, signedData: flipped(kept.signedData) }), ['signature']],
    ['is for a message that is damaged', () => damagedOriginal(), ['original']],
    [
      'is said to be another’s',
      () => withRow({ signer: carol.certificate.fingerprint }),
      ['signature'],
    ],
    ['is said to say more than it says', () => withRow({ says: 'processed' }), ['statement']],
    [
      'is said to be of another peer',
      () => withRow({ peer: parsePeerName('carol') }),
      ['directory', 'proof'],
    ],
    ['has lost its trust anchor', () => ({ ...kept, evidence: [] }), ['path', 'own-path']],
    ['has a trust anchor that is damaged', () => damagedAnchor(), ['path']],
    ['has a judgement of another version', () => withJudgement({ version: 1 }), ['proof']],
    [
      'has a judgement of another certificate',
      () => withJudgement({ fingerprint: carol.certificate.fingerprint }),
      ['directory', 'proof'],
    ],
    [
      'has a judgement of a time before its certificate',
      () => withJudgement({ at: '2001-01-01T00:00:00Z' }),
      ['path', 'own-path'],
    ],
    ['has a judgement that is damaged', () => withRow({ judgement: '{}' }), ['directory']],
  ])('and %s does not hold', async (_, change, checks) => {
    expect(failing(await change())).toEqual(checks);
  });

  it('by an anchor that did not issue the certificate does not hold', async () => {
    const { root } = await makeAuthority();
    const evidence = kept.evidence.map((one) =>
      one.kind === 'anchor' ? { ...one, content: root.der } : one,
    );
    expect(failing({ ...kept, evidence })).toEqual(['path']);
  });

  it('is exported once for a message that several receipts are about', async () => {
    const { files, commands } = exportKept([kept, { ...kept }], undefined);
    expect(files.map(({ name }) => name)).toEqual([
      ...['original.cms', 'original.crt', 'original.ca.crt'],
      ...['bob.received.cms', 'bob.received.json', 'bob.received.crt', 'bob.received.ca.crt'],
    ]);
    expect(commands).toHaveLength(2);
    const other = await keptReceipt();
    expect(exportKept([kept, other], undefined).files.map(({ name }) => name)).toContain(
      'original-2.cms',
    );
  });

  it('is not exported with a payload that was never sent', () => {
    expect(() => exportKept([kept], Buffer.from('hullo'))).toThrow(
      'the content is not the one that was signed',
    );
    expect(() => exportKept([kept], Buffer.from('hello'))).not.toThrow();
  });
});

function flipped(bytes: Uint8Array): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

function damagedOriginal(): KeptReceipt {
  if (kept.original === undefined) expect.fail('nothing was kept');
  const signedData = flipped(kept.original.signedData);
  return { ...kept, original: { ...kept.original, signedData } };
}

function damagedAnchor(): KeptReceipt {
  const evidence = kept.evidence.map((one): IncomingReceipt['evidence'][number] =>
    one.kind === 'anchor' ? { ...one, content: Buffer.from('no certificate') } : one,
  );
  return { ...kept, evidence };
}
