import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { EnvelopeRefused } from '../../src/envelope/refused.js';
import { open } from '../../src/envelope/open.js';
import { makeAuthority, makePeer, type TestPeer } from '../support/pki.js';
import { LIMITS, MOMENT, headerFor, sealFor } from '../support/sealed.js';

let peers: readonly TestPeer[];
let stranger: TestPeer;

beforeAll(async () => {
  peers = await Promise.all([
    makePeer('acme', 'p256'),
    makePeer('bolt', 'p256'),
    makePeer('corp', 'p384'),
    makePeer('dyne', 'rsa'),
    makePeer('evil', 'p256', { authority: await makeAuthority({ intermediate: true }) }),
  ]);
  stranger = await makePeer('stranger', 'p384');
});

/** Any peer as the sender and any others as recipients. */
const conversation = () =>
  fc.record({
    sender: fc.nat({ max: peers.length - 1 }),
    recipients: fc.uniqueArray(fc.nat({ max: peers.length - 1 }), { minLength: 1 }),
    payload: fc.uint8Array({ maxLength: 5000 }),
  });

function pick(index: number): TestPeer {
  const peer = peers[index];
  if (peer === undefined) throw new Error(`no peer ${index}`);
  return peer;
}

describe('sealing and opening', () => {
  it('gives every recipient the payload and the header, whoever they are', async () => {
    await fc.assert(
      fc.asyncProperty(conversation(), async ({ sender, recipients, payload }) => {
        const from = pick(sender);
        const to = recipients.map(pick);
        const header = headerFor(from, to, payload);
        const sealed = await sealFor(from, to, payload, { header });
        for (const recipient of to) {
          const opened = await open(sealed, [recipient], LIMITS);
          expect(Buffer.compare(opened.payload, payload)).toBe(0);
          expect(opened.header.to.map(({ peer }) => peer).sort()).toEqual(
            header.to.map(({ peer }) => peer).sort(),
          );
          expect({ ...opened.header, to: [] }).toEqual({ ...header, to: [] });
          expect(opened.signer.fingerprint).toBe(from.certificate.fingerprint);
          expect(opened.openedWith).toBe(recipient.certificate);
          expect(opened.signingTime).toBe(MOMENT);
          expect(opened.chain).toHaveLength(from.chain.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('keeps everybody else out', async () => {
    await fc.assert(
      fc.asyncProperty(conversation(), async ({ sender, recipients, payload }) => {
        const sealed = await sealFor(pick(sender), recipients.map(pick), payload);
        const outsiders = [stranger, ...peers.filter((_, index) => !recipients.includes(index))];
        await expect(open(sealed, outsiders, LIMITS)).rejects.toMatchObject({
          reason: 'not-for-us',
        });
      }),
      { numRuns: 20 },
    );
  });

  it('carries any header that it lets through', async () => {
    const [from, to] = [pick(0), pick(1)];
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
    const fields = fc.record(
      {
        type: text,
        cid: text,
        name: text,
        expires: fc.nat(),
        contentType: fc.constantFrom('text/plain; charset=utf-8', 'application/json'),
        receipt: fc.subarray(['received', 'processed'] as const, { minLength: 1 }),
        replyTo: fc.constant(headerFor(from, [to], Buffer.alloc(0)).id),
      },
      { requiredKeys: [] },
    );
    let carried = 0;
    await fc.assert(
      fc.asyncProperty(fields, async (chosen) => {
        const header = headerFor(from, [to], Buffer.alloc(3), chosen);
        const sealed = await sealFor(from, [to], Buffer.alloc(3), { header }).catch(
          (error: unknown) => {
            expect(error).toMatchObject({ reason: 'header' });
          },
        );
        if (sealed === undefined) return;
        carried++;
        expect((await open(sealed, [to], LIMITS)).header).toEqual(header);
      }),
      { numRuns: 100 },
    );
    expect(carried).toBeGreaterThan(50);
  });

  it('opens with a former certificate as well as with the current one', async () => {
    const [from, former, current] = [pick(0), pick(1), pick(2)];
    const sealed = await sealFor(from, [former], Buffer.from('late'));
    const opened = await open(sealed, [current, former], LIMITS);
    expect(opened.openedWith).toBe(former.certificate);
  });

  it('opens by the certificate that the header names when two share a key', async () => {
    const [from, bolt] = [pick(0), pick(1)];
    const renewed = await bolt.authority.issue({ subject: 'CN=bolt,O=Test', spki: bolt.key.spki });
    const keys = [bolt, { certificate: renewed, key: bolt.key }];
    const sealed = await sealFor(from, [{ ...bolt, certificate: renewed }], Buffer.from('x'));
    expect((await open(sealed, keys, LIMITS)).openedWith).toBe(renewed);
  });

  it('hashes the payload with SHA-256 whatever the signature uses', async () => {
    const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    for (const from of [pick(0), pick(2), pick(3)]) {
      const opened = await open(await sealFor(from, [pick(1)], Buffer.alloc(0)), [pick(1)], LIMITS);
      expect(opened.payloadSha256).toBe(empty);
    }
  });

  it('never writes the same ciphertext twice', async () => {
    const input = { header: headerFor(pick(0), [pick(1)], Buffer.from('x')) };
    const first = await sealFor(pick(0), [pick(1)], Buffer.from('x'), input);
    const second = await sealFor(pick(0), [pick(1)], Buffer.from('x'), input);
    expect(Buffer.compare(first.subarray(-600), second.subarray(-600))).not.toBe(0);
  });
});

describe('what seal refuses', () => {
  it('is a payload that could be mistaken for signed attributes', async () => {
    const { signedAttributes } = await open(
      await sealFor(pick(0), [pick(1)], Buffer.from('x')),
      [pick(1)],
      LIMITS,
    );
    await expect(sealFor(pick(0), [pick(1)], signedAttributes)).rejects.toMatchObject({
      reason: 'content',
    });
  });

  it('is a header with a rule broken', async () => {
    const attempt = sealFor(pick(0), [pick(1)], Buffer.from('x'), { fields: { name: '../x' } });
    await expect(attempt).rejects.toBeInstanceOf(EnvelopeRefused);
  });

  it('is a header that names another size, certificate or number of recipients', async () => {
    const [from, to, other] = [pick(0), pick(1), pick(2)];
    const payload = Buffer.from('x');
    const contradictions = [
      sealFor(from, [to], payload, { fields: { size: 2 } }),
      sealFor(from, [to], payload, { recipients: [other] }),
      sealFor(from, [to], payload, { recipients: [to, other] }),
      sealFor(from, [to, other], payload, { recipients: [to] }),
    ];
    for (const attempt of contradictions)
      await expect(attempt).rejects.toMatchObject({ code: 'bug' });
  });

  it('is a recipient whose RSA key is too short', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const certificate = await pick(1).authority.issue({ subject: 'CN=bolt,O=Test', spki });
    const attempt = sealFor(pick(0), [{ ...pick(1), certificate }], Buffer.from('x'));
    await expect(attempt).rejects.toMatchObject({ code: 'peer-certificate' });
  });
});
