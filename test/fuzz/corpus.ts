import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Asn1Reader, encodingOf, readSingle } from '../../src/asn1/reader.js';
import { contextTag, TAG } from '../../src/asn1/values.js';
import type { FileKey } from '../../src/envelope/chunk-key.js';
import { openChunk, readChunk } from '../../src/envelope/chunk-read.js';
import type { Header } from '../../src/envelope/header.js';
import { open } from '../../src/envelope/open.js';
import { readOriginal, type Original } from '../../src/envelope/original.js';
import type { OwnKey } from '../../src/envelope/types.js';
import { softwareKey } from '../../src/identity/software-key.js';
import type { PathRequest } from '../../src/trust/validate-path.js';
import { CertificateError, type Certificate } from '../../src/x509/certificate.js';
import { parseCrl, type RevocationList } from '../../src/x509/crl.js';
import { parseCertificate } from '../../src/x509/parse.js';
import { readCases, requestOf } from '../conformance/pkits.js';
import { NOW } from '../support/issue.js';
import { LIMITS } from '../support/sealed.js';
import type { CorpusFile, KeptMessage, KeptPath } from './corpus-file.js';
import { meaningOf, receiptKey } from './meaning.js';

/** A certificate in question, and everything that it is judged by. */
export interface TrustPath {
  readonly name: string;
  /** The one in question first. */
  readonly certificates: readonly Certificate[];
  readonly crls: readonly RevocationList[];
  readonly conditions: Omit<PathRequest, 'certificate' | 'intermediates' | 'crls'>;
  /** The P-256 key that signed the first certificate and the last list. */
  readonly issuerKey?: KeyObject;
}

/** Who signs. */
export interface Author {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** A sealed message, open to the one who changes it. */
export interface Envelope {
  readonly name: string;
  readonly author: Author;
  readonly sealed: Buffer;
  readonly signedData: Buffer;
  /** Each signed attribute. */
  readonly attributes: readonly Buffer[];
  readonly content: Buffer;
  readonly contentType: string;
  readonly header: Header;
  /** The recipient's. */
  readonly keys: readonly OwnKey[];
  readonly recipientInfos: readonly Uint8Array[];
  readonly contentKey: Buffer;
  readonly nonce: Buffer;
  /** Everything that the sender signed, as `meaningOf` writes it. */
  readonly meaning: string;
  /** Of a receipt: the message it is about, and what it says. */
  readonly original: Original | undefined;
  readonly receipt: string | undefined;
}

/** A file in chunks. */
export interface SealedFile {
  readonly key: FileKey;
  readonly chunks: readonly { readonly sealed: Buffer; readonly content: Buffer }[];
}

/** Everything there is to change. */
export interface Corpus {
  readonly paths: readonly TrustPath[];
  readonly envelopes: readonly Envelope[];
  readonly file: SealedFile;
  readonly headers: readonly Buffer[];
  readonly bundle: Buffer;
  /** Other programs' S/MIME, by name. */
  readonly foreign: readonly (readonly [string, Buffer])[];
  /** DER to take elements from. */
  readonly donors: readonly Buffer[];
  /** Changes with whatever is in it: a mutation is the same only in the same corpus. */
  readonly digest: string;
}

const binary = (text: string): Buffer => Buffer.from(text, 'base64');

function privateKeyOf(pkcs8: string): KeyObject {
  return createPrivateKey({ key: binary(pkcs8), format: 'der', type: 'pkcs8' });
}

/**
 * Loads `corpus.json`, and what there is of the third-party test data.
 *
 * @param vectors the folder of the test data; where it is missing, less is changed.
 */
export async function loadCorpus(vectors: string): Promise<Corpus> {
  const text = readFileSync(resolve('test/fuzz/corpus.json'), 'utf8');
  const kept = JSON.parse(text) as CorpusFile;
  const paths = [...kept.paths.map(ownPath), ...pkitsPaths(vectors)];
  const envelopes = await Promise.all(kept.messages.map((one) => envelopeOf(one, kept)));
  const foreign = foreignMessages(vectors);
  const donors = [
    ...paths
      .slice(0, 60)
      .flatMap(({ certificates, crls }) =>
        [...certificates, ...crls].map(({ der }) => Buffer.from(der)),
      ),
    ...envelopes.flatMap(({ sealed, signedData }) => [sealed, signedData]),
  ];
  const names = [...paths, ...envelopes]
    .map(({ name }) => name)
    .concat(foreign.map(([name]) => name));
  return {
    ...{ paths, envelopes, foreign, donors, file: fileOf(kept), bundle: binary(kept.bundle) },
    headers: kept.headers.map((header) => Buffer.from(header)),
    digest: createHash('sha256').update(text).update(names.join('\n')).digest('hex').slice(0, 12),
  };
}

function ownPath({ name, certificates, anchor, crls, issuerKey }: KeptPath): TrustPath {
  return {
    name,
    certificates: certificates.map((one) => parseCertificate(binary(one))),
    crls: crls.map((one) => parseCrl(binary(one))),
    conditions: { anchors: [parseCertificate(binary(anchor))], time: NOW, revocation: 'require' },
    ...(issuerKey === undefined ? {} : { issuerKey: privateKeyOf(issuerKey) }),
  };
}

function pkitsPaths(vectors: string): readonly TrustPath[] {
  if (!existsSync(join(vectors, 'pkits'))) return [];
  const read = (folder: string, name: string): Buffer => readFileSync(join(vectors, folder, name));
  return readCases(read).flatMap((test) => {
    const request = requestOf(read, test);
    if (request instanceof CertificateError) return [];
    const { certificate, intermediates, crls, ...conditions } = request;
    return [{ name: test.name, certificates: [certificate, ...intermediates], crls, conditions }];
  });
}

/** RFC 4134's examples, and some of PKITS's signed messages, which are all alike. */
function foreignMessages(vectors: string): readonly (readonly [string, Buffer])[] {
  const filesIn = (folder: string, suffix: string): readonly string[] => {
    const path = join(vectors, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => name.endsWith(suffix))
      .sort();
  };
  const examples = filesIn('rfc4134', '.bin').filter((name) => /^\d/.test(name));
  const signed = filesIn('pkits/smime', '.eml').filter((_, index) => index % 16 === 0);
  return [
    ...examples.map((name) => [name, readFileSync(join(vectors, 'rfc4134', name))] as const),
    ...signed.map((name) => {
      const mail = readFileSync(join(vectors, 'pkits/smime', name), 'latin1');
      return [name, lastPart(mail)] as const;
    }),
  ];
}

/** The signature of a multipart/signed mail. */
function lastPart(mail: string): Buffer {
  const parts = mail.split(/\r?\n\r?\n/);
  return binary(parts.findLast((part) => /^[A-Za-z0-9+/=\s]{200,}/.test(part)) ?? '');
}

async function envelopeOf(kept: KeptMessage, { peers }: CorpusFile): Promise<Envelope> {
  const peer = (name: string): Author => {
    const { certificate, key } = peers[name] ?? { certificate: '', key: '' };
    return { certificate: parseCertificate(binary(certificate)), privateKey: privateKeyOf(key) };
  };
  const [author, recipient] = [peer(kept.from), peer(kept.to)];
  const keys = [{ certificate: recipient.certificate, key: softwareKey(recipient.privateKey) }];
  const [sealed, secret] = [binary(kept.sealed), binary(kept.secret)];
  const opened = await open(sealed, keys, LIMITS);
  const { signedData, payload, contentType, header, signedAttributes } = opened;
  return {
    ...{ name: kept.name, author, keys, sealed, signedData: Buffer.from(signedData), header },
    ...{ content: Buffer.from(payload), contentType, attributes: membersOf(signedAttributes) },
    recipientInfos: recipientInfosIn(sealed),
    ...{ contentKey: secret.subarray(0, 32), nonce: secret.subarray(32) },
    meaning: meaningOf(opened),
    original: kept.original === undefined ? undefined : readOriginal(binary(kept.original)),
    receipt: opened.receipt === undefined ? undefined : receiptKey(opened.receipt),
  };
}

/** The members of a SET OF. */
function membersOf(set: Uint8Array): readonly Buffer[] {
  return childrenOf(new Asn1Reader(set).enter(TAG.set));
}

function recipientInfosIn(sealed: Buffer): readonly Buffer[] {
  const info = new Asn1Reader(sealed).into(readSingle(sealed, TAG.sequence));
  info.take();
  const enveloped = info.enter(contextTag(0, 'constructed')).enter(TAG.sequence);
  enveloped.take();
  return childrenOf(enveloped.enter(TAG.set));
}

function childrenOf(reader: Asn1Reader): readonly Buffer[] {
  const children: Buffer[] = [];
  while (!reader.done) children.push(Buffer.from(encodingOf(reader.take())));
  return children;
}

function fileOf({ file }: CorpusFile): SealedFile {
  const key = { fileId: binary(file.fileId), fileKey: binary(file.fileKey) };
  const sealed = file.chunks.map(binary);
  return {
    key,
    chunks: sealed.map((one) => ({
      sealed: one,
      content: openChunk(readChunk(one), key, sealed.length),
    })),
  };
}
