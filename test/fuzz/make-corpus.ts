// node scripts/run-ts.js test/fuzz/make-corpus.ts > test/fuzz/corpus.json: what the fuzz program
// changes, with new keys. A corpus made anew makes other mutations of the same seed: find nothing old.
import { randomBytes } from 'node:crypto';
import { contextTag, TAG } from '../../src/asn1/values.js';
import { integer, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { sealChunk } from '../../src/envelope/chunk.js';
import type { Header } from '../../src/envelope/header.js';
import { serialiseHeader } from '../../src/envelope/header-json.js';
import { writeManifest } from '../../src/envelope/manifest.js';
import { open } from '../../src/envelope/open.js';
import { receiptFor } from '../../src/envelope/receipt-content.js';
import { seal } from '../../src/envelope/seal.js';
import type { SealInput } from '../../src/envelope/types.js';
import { newMessageId, parseMessageId, type MessageId } from '../../src/domain/message-id.js';
import * as write from '../../src/x509/write-extensions.js';
import { ca, issue, messageExtensions, revocationList, type Issued } from '../support/issue.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { originalOf, RECEIPT_TYPE } from '../support/receipts.js';
import { headerFor, LIMITS, MOMENT } from '../support/sealed.js';
import type { CorpusFile, KeptMessage, KeptPath, KeptPeer } from './corpus-file.js';

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const pkcs8 = ({ privateKey }: Pick<Issued, 'privateKey'>): string =>
  base64(privateKey.export({ format: 'der', type: 'pkcs8' }));

function uriSubtree(host: string): Buffer {
  return sequence(tlv(contextTag(6, 'primitive'), Buffer.from(host)));
}

/** A chain with every extension that path validation knows. */
function richPath(): KeptPath {
  const root = ca({ subject: 'CN=Root,O=Consortium' });
  const policy = (hex: string): Buffer => sequence(oid(hex));
  const permitted = tlv(contextTag(0, 'constructed'), uriSubtree('acme'));
  const excluded = tlv(contextTag(1, 'constructed'), uriSubtree('evil.example'));
  const middle = ca({
    ...{ subject: 'CN=CA,O=Consortium', issuer: root, pathLength: 0 },
    extensions: [
      write.extension('551d1e', sequence(permitted, excluded), true),
      write.extension('551d20', sequence(policy('2a0304'), policy('2a0305'))),
      write.extension('551d21', sequence(sequence(oid('2a0304'), oid('2a0306')))),
      write.extension('551d24', sequence(tlv(contextTag(0, 'primitive'), Buffer.of(3)))),
      write.extension('551d36', integer(2)),
      write.crlDistributionPoints(['http://crl.example/a', 'http://crl.example/b']),
      write.authorityKeyIdentifier(Buffer.alloc(20, 1)),
    ],
  });
  const leaf = issue({
    ...{ subject: 'CN=acme,OU=Messages,O=Acme,C=CH', issuer: middle },
    extensions: [
      ...messageExtensions([
        { type: 'uri', value: 'msg://acme' },
        { type: 'dns', value: 'acme.example' },
      ]),
      write.extendedKeyUsage(['emailProtection', 'clientAuth']),
      write.extension('551d20', sequence(policy('2a0306'))),
      write.authorityKeyIdentifier(Buffer.alloc(20, 1)),
      write.crlDistributionPoints(['http://crl.example/c']),
    ],
  });
  const crls = [
    revocationList({ issuer: root, revoked: [{ certificate: leaf.certificate, reason: 6 }] }),
    revocationList({ issuer: middle, revoked: [{ certificate: root.certificate }] }),
  ];
  return { name: 'every extension', ...kept([leaf, middle], root, crls), issuerKey: pkcs8(middle) };
}

function kept(
  chain: readonly Issued[],
  root: Issued,
  crls: readonly { readonly der: Uint8Array }[],
): Omit<KeptPath, 'name'> {
  return {
    certificates: chain.map(({ certificate }) => base64(certificate.der)),
    anchor: base64(root.certificate.der),
    crls: crls.map(({ der }) => base64(der)),
  };
}

function plainPath(keyType: 'p384' | 'p521' | 'ed25519' | 'rsa' | 'rsa-pss'): KeptPath {
  const root = ca({ subject: `CN=${keyType}`, keyType });
  const extensions = messageExtensions([{ type: 'uri', value: 'msg://acme' }]);
  const leaf = issue({ subject: 'CN=acme', issuer: root, keyType: 'rsa', extensions });
  return { name: keyType, ...kept([leaf], root, [revocationList({ issuer: root })]) };
}

interface Wanted {
  readonly name: string;
  readonly to: readonly TestPeer[];
  readonly payload: Uint8Array;
  readonly fields?: Partial<Header>;
  readonly further?: Partial<SealInput>;
  readonly original?: string;
}

async function message(from: TestPeer, wanted: Wanted): Promise<KeptMessage> {
  const { name, to, payload, fields, further, original } = wanted;
  const secret = randomBytes(44);
  const input = {
    ...{ header: headerFor(from, to, payload, fields), payload, signer: from, chain: from.chain },
    ...{ recipients: to, signingTime: MOMENT, ...further },
  };
  const sealed = base64(await seal(input, () => secret));
  const recipient = to[0]?.name ?? '';
  const shared = { name, from: from.name, to: recipient, sealed, secret: base64(secret) };
  return original === undefined ? shared : { ...shared, original };
}

async function receipt(asked: KeptMessage, by: TestPeer, from: TestPeer): Promise<KeptMessage> {
  const opened = await open(Buffer.from(asked.sealed, 'base64'), [by], LIMITS);
  const { content, msgSigDigest } = receiptFor(opened);
  const fields = { kind: 'receipt', contentType: RECEIPT_TYPE, attests: 'received' } as const;
  return message(by, {
    ...{ name: `receipt by ${by.name}`, to: [from], payload: content },
    fields: { ...fields, replyTo: opened.header.id },
    further: { attributes: [msgSigDigest] },
    original: base64(originalOf(opened)),
  });
}

function bundle(peers: readonly TestPeer[]): Buffer {
  const certificates = tlv(
    contextTag(0, 'constructed'),
    ...peers.map(({ certificate }) => certificate.der),
  );
  const [none, data] = [tlv(TAG.set), sequence(oid('2a864886f70d010701'))];
  const signedData = sequence(integer(1), none, data, certificates, none);
  return sequence(oid('2a864886f70d010702'), tlv(contextTag(0, 'constructed'), signedData));
}

const authority = await makeAuthority({ intermediate: true });
const make = (name: string, kind: 'p256' | 'p384' | 'rsa') => makePeer(name, kind, { authority });
const [acme, bolt, corp, dyne] = await Promise.all([
  make('acme', 'p256'),
  make('bolt', 'p256'),
  make('corp', 'p384'),
  make('dyne', 'rsa'),
]);
const hello = Buffer.from('{"hello":"world"}');
const asking = { receipt: ['received', 'processed'] } as const;
const file = { fileId: randomBytes(16), fileKey: randomBytes(32) };
const contents = [randomBytes(4096), randomBytes(4096), randomBytes(100)];
const manifest = writeManifest(
  { ...file, size: 8292, chunkSize: 4096, count: 3, sha256: '0'.repeat(64) },
  { name: 'a.bin', contentType: 'application/octet-stream' },
);
const items = [hello, Buffer.from('two')];
const itemsOf = items.map(({ length: size }) => ({
  id: newMessageId(() => MOMENT, randomBytes),
  size,
}));
const [toBolt, toDyne] = await Promise.all([
  message(acme, { name: 'p256 to p256', to: [bolt], payload: hello, fields: asking }),
  message(bolt, { name: 'p256 to rsa', to: [dyne], payload: hello, fields: asking }),
]);
const idsOf = (...ends: number[]): readonly MessageId[] =>
  ends.map((end) => parseMessageId(`0195ad2e-0000-7000-8000-00000000000${end}`));
/** The header's recipients, of whom bolt misses no longer what never left. */
const named = (
  from: TestPeer,
  to: readonly TestPeer[],
  after?: readonly MessageId[],
): Header['to'] =>
  headerFor(from, to, hello).to.map((one) =>
    one.peer !== bolt.name
      ? one
      : { ...one, ...(after === undefined ? {} : { after }), void: idsOf(4, 5) },
  );
const messages = await Promise.all([
  Promise.resolve(toBolt),
  Promise.resolve(toDyne),
  message(corp, { name: 'p384 to p384', to: [corp], payload: hello }),
  message(dyne, {
    name: 'rsa to p256, among others',
    to: [bolt, acme, corp, dyne],
    payload: hello,
  }),
  message(acme, {
    name: 'manifest',
    to: [bolt],
    payload: manifest,
    fields: { kind: 'manifest', size: 8292, ...asking },
  }),
  message(acme, {
    name: 'batch',
    to: [bolt],
    payload: Buffer.concat(items),
    fields: { kind: 'batch', items: itemsOf },
  }),
  message(acme, {
    name: 'void',
    to: [bolt, dyne],
    payload: hello,
    fields: { to: named(acme, [bolt, dyne], idsOf(2, 3)) },
  }),
  receipt(toBolt, bolt, acme),
  receipt(toDyne, dyne, bolt),
]);
const plain = headerFor(acme, [bolt, dyne], hello);
const everything: Header = {
  ...plain,
  to: named(acme, [bolt, dyne], idsOf(2, 3)),
  ...{ expires: MOMENT + 1, type: 'order', cid: 'c-1', name: 'ä b.json' },
  ...{
    replyTo: parseMessageId('0195ad2e-0000-7000-8000-000000000001'),
    encoding: 'gzip',
    ...asking,
  },
};
const corpus: CorpusFile = {
  peers: Object.fromEntries(
    [acme, bolt, corp, dyne].map((peer): [string, KeptPeer] => [
      peer.name,
      { certificate: base64(peer.certificate.der), key: pkcs8(peer.key) },
    ]),
  ),
  paths: [richPath(), ...(['p384', 'p521', 'ed25519', 'rsa', 'rsa-pss'] as const).map(plainPath)],
  messages,
  file: {
    ...{ fileId: base64(file.fileId), fileKey: base64(file.fileKey) },
    chunks: contents.map((content, index) =>
      base64(sealChunk(file, { index, isLast: index === 2 }, content, randomBytes)),
    ),
  },
  headers: [
    serialiseHeader(everything),
    serialiseHeader(headerFor(acme, [bolt], hello)),
    serialiseHeader(headerFor(acme, [bolt], hello, { to: named(acme, [bolt]) })),
    serialiseHeader({
      ...headerFor(acme, [bolt], Buffer.concat(items)),
      kind: 'batch',
      items: itemsOf,
    }),
  ],
  bundle: base64(bundle([acme, bolt, dyne])),
};
process.stdout.write(`${JSON.stringify(corpus, null, 1)}\n`);
