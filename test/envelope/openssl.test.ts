import { beforeAll, expect, it } from 'vitest';
import { open } from '../../src/envelope/open.js';
import { describeWithOpenssl, openssl, opensslOk } from '../support/openssl.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { refusalOf } from '../support/refusal.js';
import { suiteDirectory } from '../support/suite-directory.js';
import { LIMITS, sealFor } from '../support/sealed.js';

const PAYLOAD = Buffer.from('line\r\nline\n\0\xff binary', 'latin1');
const OAEP = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'];
/** What makes OpenSSL keep to the profile, by the recipient's kind of key. */
const PROFILE = {
  p256: ['-aes256-wrap', '-keyopt', 'ecdh_kdf_md:sha256'],
  p384: ['-aes256-wrap', '-keyopt', 'ecdh_kdf_md:sha384'],
  rsa: OAEP.flatMap((option) => ['-keyopt', option]),
} as const;
const KINDS = ['p256', 'p384', 'rsa'] as const;

describeWithOpenssl('OpenSSL', () => {
  const directory = suiteDirectory();
  const files = new Map<string, { certificate: string; key: string; root: string }>();
  let peers: Record<(typeof KINDS)[number], TestPeer>;

  beforeAll(async () => {
    peers = {
      p256: await makePeer('acme', 'p256'),
      p384: await makePeer('bolt', 'p384'),
      rsa: await makePeer('corp', 'rsa'),
    };
    for (const { name, certificatePem, keyPem, rootPem } of Object.values(peers)) {
      files.set(name, {
        certificate: directory.put(`${name}.pem`, certificatePem),
        key: directory.put(`${name}.key`, keyPem),
        root: directory.put(`${name}.root`, rootPem),
      });
    }
  });

  const filesOf = ({ name }: TestPeer) => {
    const found = files.get(name);
    if (found === undefined) throw new Error(`no files of ${name}`);
    return found;
  };

  /** `openssl cms -decrypt | openssl cms -verify -cades`. */
  const readWithOpenssl = (sealed: Uint8Array, to: TestPeer, root = filesOf(to).root) => {
    const { certificate, key } = filesOf(to);
    const decrypt = ['-decrypt', '-binary', '-inform', 'DER', '-recip', certificate, '-inkey', key];
    const decrypted = openssl(['cms', ...decrypt], sealed);
    expect(decrypted.stderr).toBe('');
    const verify = ['-verify', '-cades', '-binary', '-inform', 'DER', '-CAfile', root];
    return openssl(['cms', ...verify], decrypted.stdout);
  };

  /** `openssl cms -encrypt`. */
  const encryptWithOpenssl = (content: Uint8Array, to: TestPeer, options: readonly string[]) => {
    const encrypt = ['-encrypt', '-binary', '-outform', 'DER', '-recip', filesOf(to).certificate];
    const { status, stdout, stderr } = openssl(['cms', ...encrypt, ...options], content);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  };

  /** What a peer signed for another, without the envelope around it. */
  const signedFor = async (from: TestPeer, to: TestPeer): Promise<Uint8Array> =>
    (await open(await sealFor(from, [to], PAYLOAD), [to], LIMITS)).signedData;

  const pairs = KINDS.flatMap((from) => KINDS.map((to) => [from, to] as const));

  it.each(pairs)('reads what %s seals for %s, to the very byte', async (from, to) => {
    const sealed = await sealFor(peers[from], [peers[to]], PAYLOAD);
    const verified = readWithOpenssl(sealed, peers[to]);
    expect(verified.stderr).toContain('CAdES Verification successful');
    expect(verified.stdout).toEqual(PAYLOAD);
  });

  it('reads a message to several recipients as each of them', async () => {
    const to = Object.values(peers);
    const sealed = await sealFor(peers.p256, to, PAYLOAD);
    for (const recipient of to) {
      expect(readWithOpenssl(sealed, recipient).stdout).toEqual(PAYLOAD);
    }
  });

  it('finds the issuers of the signer in the message', async () => {
    const authority = await makeAuthority({ intermediate: true });
    const from = await makePeer('dyne', 'p256', { authority });
    const sealed = await sealFor(from, [peers.p256], PAYLOAD);
    const root = directory.put('dyne.root', from.rootPem);
    const verified = readWithOpenssl(sealed, peers.p256, root);
    expect(verified.stderr).toContain('Verification successful');
    expect((await open(sealed, [peers.p256], LIMITS)).chain).toHaveLength(1);
  });

  it('reads a payload of a megabyte', async () => {
    const payload = Buffer.alloc(1 << 20, 'abc');
    const sealed = await sealFor(peers.p256, [peers.rsa], payload);
    expect(readWithOpenssl(sealed, peers.rsa).stdout.equals(payload)).toBe(true);
  });

  it('finds the DER of a message well-formed throughout', async () => {
    const sealed = await sealFor(peers.rsa, Object.values(peers), PAYLOAD);
    const again = openssl(['cms', '-cmsout', '-inform', 'DER', '-outform', 'DER'], sealed).stdout;
    expect(again.equals(sealed)).toBe(true);
  });

  const forms = KINDS.flatMap((kind) =>
    [[], ['-stream'], ['-keyid'], ['-stream', '-keyid']].map((form) => [kind, form] as const),
  );

  it.each(forms)('seals for %s %j what opens here', async (kind, form) => {
    const to = peers[kind];
    const signed = await signedFor(peers.p256, to);
    const sealed = encryptWithOpenssl(signed, to, ['-aes-256-gcm', ...PROFILE[kind], ...form]);
    expect(sealed[1] === 0x80).toBe(form.includes('-stream'));
    const opened = await open(sealed, [to], LIMITS);
    expect(Buffer.from(opened.payload)).toEqual(PAYLOAD);
    expect(Buffer.from(opened.signedData)).toEqual(signed);
  });

  it('may stream the content in pieces', async () => {
    const payload = Buffer.alloc(100_000, 'abc');
    const { signedData } = await open(
      await sealFor(peers.p256, [peers.p256], payload),
      [peers.p256],
      LIMITS,
    );
    const options = ['-aes-256-gcm', ...PROFILE.p256, '-stream'];
    const sealed = encryptWithOpenssl(signedData, peers.p256, options);
    const opened = await open(sealed, [peers.p256], LIMITS);
    expect(Buffer.from(opened.payload).equals(payload)).toBe(true);
  });

  const refused = [
    ['its default cipher', 'p256', PROFILE.p256, /expected authEnvelopedData, found envelopedData/],
    ['AES-128-GCM', 'p256', ['-aes-128-gcm', ...PROFILE.p256], /unsupported cipher aes128-gcm/],
    ['its default KDF', 'p256', ['-aes-256-gcm', '-aes256-wrap'], /sha1kdf/],
    ['SHA-512 as KDF', 'p384', ['-aes-256-gcm', '-keyopt', 'ecdh_kdf_md:sha512'], /sha512kdf/],
    ['its default key transport', 'rsa', ['-aes-256-gcm'], /key transport rsaEncryption/],
    [
      'OAEP with its default hash',
      'rsa',
      ['-aes-256-gcm', '-keyopt', 'rsa_padding_mode:oaep'],
      /rsaesOaep with other parameters/,
    ],
  ] as const;

  it.each(refused)('is refused with %s', async (_name, kind, options, message) => {
    const signed = await signedFor(peers.p256, peers[kind]);
    const sealed = encryptWithOpenssl(signed, peers[kind], options);
    expect((await refusalOf(sealed, [peers[kind]])).message).toMatch(message);
  });

  it('cannot sign a message by itself, for it cannot write the signed header', async () => {
    const { certificate, key } = filesOf(peers.p256);
    const signer = ['-signer', certificate, '-inkey', key];
    const options = ['-sign', '-binary', '-nodetach', '-cades', '-outform', 'DER', ...signer];
    const signed = openssl(['cms', ...options], PAYLOAD).stdout;
    const sealed = encryptWithOpenssl(signed, peers.p256, ['-aes-256-gcm', ...PROFILE.p256]);
    const refusal = await refusalOf(sealed, [peers.p256]);
    expect([refusal.reason, refusal.message]).toEqual([
      'signed-attributes',
      'the signed attributes are refused: cmsAlgorithmProtection is missing',
    ]);
  });

  it('names the header attribute by the number that is documented', async () => {
    const { signedAttributes } = await open(
      await sealFor(peers.p256, [peers.rsa], PAYLOAD),
      [peers.rsa],
      LIMITS,
    );
    const printed = opensslOk(['asn1parse', '-inform', 'DER'], signedAttributes);
    expect(printed).toMatch(/OBJECT\s+:2\.25\.97360314351507444127231473462492810845\n/);
  });
});
