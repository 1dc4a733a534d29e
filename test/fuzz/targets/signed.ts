import { hash, sign } from 'node:crypto';
import { contextTag, TAG } from '../../../src/asn1/values.js';
import { integer, octetString, oid, sequence, tlv } from '../../../src/asn1/writer.js';
import { SIGNS_WITH } from '../../../src/envelope/algorithms.js';
import { writeAuthEnveloped } from '../../../src/envelope/auth-enveloped.js';
import { issuerAndSerial } from '../../../src/envelope/certificate-facts.js';
import { decodeHeader, serialiseHeader } from '../../../src/envelope/header-json.js';
import { ATTRIBUTE, CONTENT_TYPE } from '../../../src/envelope/oids.js';
import { writeAttribute } from '../../../src/envelope/signed-attributes.js';
import type { Chance } from '../../torture/delivery/chance.js';
import type { Envelope } from '../corpus.js';
import { mutateDer } from '../der-mutations.js';
import { mutateJson } from '../json-mutations.js';
import { receiptKey } from '../meaning.js';
import { Breach, type Outcome, type Target } from '../target.js';
import { fits, openOrRefuse } from './envelopes.js';

/** What a signer may decide. */
interface Signed {
  readonly attributes: readonly Buffer[];
  readonly content: Uint8Array;
}

/**
 * Messages and receipts whose own author is hostile: attributes, header or content changed, and signed
 * again. What opens is what was signed, to the byte, and a receipt fits no other message than before.
 */
export function signedTarget(envelopes: readonly Envelope[], donors: readonly Buffer[]): Target {
  const able = envelopes.filter(({ author }) => author.certificate.keyKind === 'p256');
  return {
    name: 'signed',
    weight: 25,
    make(chance) {
      const envelope = chance.oneOf(able);
      const signed = change(envelope, chance, donors);
      const attributes = sortedSet(signed.attributes, chance);
      const { recipientInfos, contentKey, nonce } = envelope;
      const content = signedDataOf(envelope, attributes, signed.content);
      const bytes = writeAuthEnveloped({ recipientInfos, contentKey, nonce, content });
      return {
        sample: envelope.name,
        bytes: content,
        read: () => openSigned(envelope, bytes, { attributes, content: signed.content }),
      };
    },
  };
}

function change(envelope: Envelope, chance: Chance, donors: readonly Buffer[]): Signed {
  const { attributes, content } = envelope;
  const index = chance.between(0, attributes.length - 1);
  const put = (one: Buffer): readonly Buffer[] =>
    attributes.map((each, at) => (at === index ? one : each));
  const what = chance.oneOf(['attribute', 'attribute', 'header', 'content'] as const);
  if (what === 'attribute') {
    return { attributes: put(mutateDer(attributes[index] ?? content, chance, donors)), content };
  }
  if (what === 'header') {
    const json = tlv(
      TAG.utf8String,
      mutateJson(Buffer.from(serialiseHeader(envelope.header)), chance),
    );
    return { attributes: replaced(attributes, ATTRIBUTE.header, json), content };
  }
  const changed = mutateDer(content, chance, donors);
  const digest = octetString(hash('sha256', changed, 'buffer'));
  return { attributes: replaced(attributes, ATTRIBUTE.messageDigest, digest), content: changed };
}

function replaced(attributes: readonly Buffer[], type: string, value: Buffer): readonly Buffer[] {
  const prefix = oid(type);
  return attributes.map((one) =>
    one.subarray(0, prefix.length + 8).includes(prefix) ? writeAttribute(type, value) : one,
  );
}

/** DER wants them sorted; a few are not. */
function sortedSet(attributes: readonly Buffer[], chance: Chance): Buffer {
  const sorted = [...attributes].sort((a, b) => Buffer.compare(a, b));
  return tlv(TAG.set, ...(chance.happens(0.97) ? sorted : attributes));
}

function signedDataOf({ author, contentType }: Envelope, set: Buffer, content: Uint8Array): Buffer {
  const { digest, signature: scheme, hash: name } = SIGNS_WITH.p256;
  const signature = sign(name, set, author.privateKey);
  const explicit = (...parts: readonly Uint8Array[]): Buffer =>
    tlv(contextTag(0, 'constructed'), ...parts);
  const retagged = Buffer.concat([Buffer.of(contextTag(0, 'constructed')), set.subarray(1)]);
  const signerInfo = sequence(
    ...[integer(1), issuerAndSerial(author.certificate), digest, retagged, scheme],
    octetString(signature),
  );
  const signedData = sequence(
    integer(contentType === CONTENT_TYPE.data ? 1 : 3),
    tlv(TAG.set, digest),
    sequence(oid(contentType), explicit(octetString(content))),
    explicit(author.certificate.der),
    tlv(TAG.set, signerInfo),
  );
  return sequence(oid(CONTENT_TYPE.signedData), explicit(signedData));
}

async function openSigned(
  envelope: Envelope,
  bytes: Uint8Array,
  signed: { readonly attributes: Buffer; readonly content: Uint8Array },
): Promise<Outcome> {
  const opened = await openOrRefuse(envelope, bytes);
  if (opened === undefined) return 'refused';
  const isWhole =
    Buffer.compare(opened.signedAttributes, signed.attributes) === 0 &&
    Buffer.compare(opened.payload, signed.content) === 0 &&
    opened.signer.fingerprint === envelope.author.certificate.fingerprint;
  if (!isWhole) throw new Breach('it opens as something that nobody signed');
  if (opened.header !== undefined) checkStable(serialiseHeader(opened.header));
  const { receipt } = opened;
  if (receipt !== undefined && fits(opened, envelope) && receiptKey(receipt) !== envelope.receipt) {
    throw new Breach('a changed receipt fits its message');
  }
  return 'signed';
}

/** A header that was accepted is accepted again as it is written, and means the same. */
export function checkStable(canonical: string): void {
  if (serialiseHeader(decodeHeader(Buffer.from(canonical))) === canonical) return;
  throw new Breach('the header means something else when it is written again');
}
