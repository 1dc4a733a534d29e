import { beforeAll, expect, it } from 'vitest';
import { withContent, checkReceipt, readOriginal } from '../../src/envelope/original.js';
import { open, openAny } from '../../src/envelope/open.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { messageWithRequest, originalOf, receiptBy } from '../support/receipts.js';
import { LIMITS } from '../support/sealed.js';
import { suiteDirectory } from '../support/suite-directory.js';

const KINDS = ['p256', 'p384', 'rsa'] as const;
type Kind = (typeof KINDS)[number];
const PAYLOAD = Buffer.from('line\r\nline\n\0\xff binary', 'latin1');
/** What makes OpenSSL keep to the profile for an envelope to each kind of key. */
const TO_PROFILE = {
  p256: ['-aes256-wrap', '-keyopt', 'ecdh_kdf_md:sha256'],
  p384: ['-aes256-wrap', '-keyopt', 'ecdh_kdf_md:sha384'],
  rsa: ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'].flatMap((option) => [
    '-keyopt',
    option,
  ]),
} as const;

describeWithOpenssl('a receipt, with OpenSSL at the other side,', () => {
  const directory = suiteDirectory();
  let senders: Record<Kind, TestPeer>;
  let recipients: Record<Kind, TestPeer>;

  const makePeers = async (role: string): Promise<Record<Kind, TestPeer>> => {
    const peers = await Promise.all(KINDS.map((kind) => makePeer(`${role}-${kind}`, kind)));
    for (const peer of peers) {
      directory.put(`${peer.name}.crt`, peer.certificatePem);
      directory.put(`${peer.name}.key`, peer.keyPem);
      directory.put('ca.crt', peer.rootPem);
    }
    return Object.fromEntries(KINDS.map((kind, at) => [kind, peers[at]])) as never;
  };
  const at = (name: string): string => `${directory.path}/${name}`;

  beforeAll(async () => {
    senders = await makePeers('sender');
    recipients = await makePeers('recipient');
  });

  /** The auditor's second command, with the recipient's own certificate or another one. */
  const verifyReceipt = (receipt: string, original: string, certificate: string) =>
    openssl([
      ...['cms', '-verify_receipt', receipt, '-rctform', 'DER', '-in', original, '-inform', 'DER'],
      ...['-CAfile', at('ca.crt'), '-nointern', '-certfile', certificate],
    ]);

  const pairs = KINDS.flatMap((from) => KINDS.map((to) => [from, to] as const));

  it.each(pairs)('for a message of %s made by %s is verified there', async (from, to) => {
    const [sender, recipient] = [senders[from], recipients[to]];
    const message = await messageWithRequest(sender, recipient, PAYLOAD);
    const receipt = await open(await receiptBy(recipient, sender, message), [sender], LIMITS);
    const files = {
      original: directory.put('original.der', message.signedData),
      detached: directory.put('detached.der', originalOf(message)),
      receipt: directory.put('receipt.der', receipt.signedData),
    };
    const verify = ['-verify', '-cades', '-binary', '-inform', 'DER', '-CAfile', at('ca.crt')];
    opensslOk(['cms', ...verify, '-in', files.original, '-out', '/dev/null']);
    const certificate = at(`${recipient.name}.crt`);
    for (const original of [files.original, files.detached]) {
      expect(verifyReceipt(files.receipt, original, certificate)).toMatchObject({ status: 0 });
    }
    const another = KINDS.find((kind) => kind !== to) ?? to;
    const stranger = at(`${recipients[another].name}.crt`);
    expect(verifyReceipt(files.receipt, files.original, stranger).status).not.toBe(0);
  });

  it.each(pairs)('for a message of %s made by %s there is verified here', async (from, to) => {
    const [sender, recipient] = [senders[from], recipients[to]];
    const message = await messageWithRequest(sender, recipient, PAYLOAD);
    const original = directory.put('original.der', message.signedData);
    const signed = openssl([
      ...['cms', '-sign_receipt', '-cades', '-in', original, '-inform', 'DER', '-outform', 'DER'],
      ...['-signer', at(`${recipient.name}.crt`), '-inkey', at(`${recipient.name}.key`)],
    ]);
    expect(signed.status).toBe(0);
    const sealed = openssl(
      [
        ...['cms', '-encrypt', '-binary', '-aes-256-gcm', '-outform', 'DER'],
        ...['-recip', at(`${sender.name}.crt`), ...TO_PROFILE[from]],
      ],
      signed.stdout,
    );
    const receipt = await openAny(sealed.stdout, [sender], LIMITS);
    expect(receipt.header).toBeUndefined();
    expect(receipt.signer.fingerprint).toBe(recipient.certificate.fingerprint);
    if (receipt.receipt === undefined) expect.fail('it is no receipt');
    checkReceipt(receipt.receipt, readOriginal(originalOf(message)));
  });

  it('leaves the original as it was once its content is put back', async () => {
    const message = await messageWithRequest(senders.p256, recipients.rsa, PAYLOAD);
    const restored = withContent(originalOf(message), PAYLOAD);
    expect(restored.equals(Buffer.from(message.signedData))).toBe(true);
    expect(() => withContent(originalOf(message), Buffer.from('other'))).toThrow(
      'the content is not the one that was signed',
    );
  });
});
