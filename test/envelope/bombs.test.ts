import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { integer, octetString, oid, sequence, tlv } from '../../src/asn1/writer.js';
import { CONTENT_TYPE } from '../../src/envelope/oids.js';
import { open } from '../../src/envelope/open.js';
import { explicit, gcm, keyAgreement } from '../support/forged-envelope.js';
import { makeForgers, type Forgers } from '../support/forgers.js';
import { refusalOf } from '../support/refusal.js';

let f: Forgers;

beforeAll(async () => {
  f = await makeForgers();
});

describe('bombs', () => {
  it('of nested elements are refused at a fixed depth', async () => {
    for (const opening of [Buffer.of(0x30, 0x80), Buffer.of(0xa0, 0x80), Buffer.of(0x24, 0x80)]) {
      const bomb = Buffer.concat(Array.from({ length: 100_000 }, () => opening));
      expect((await refusalOf(bomb, [f.bolt])).reason).toBe('malformed');
    }
  });

  it('of octet strings in pieces of pieces are refused at the first', async () => {
    let pieces: Buffer = octetString(Buffer.from('x'));
    for (let depth = 0; depth < 20; depth++) pieces = tlv(0x24, pieces);
    const content = sequence(oid(CONTENT_TYPE.data), gcm(randomBytes(12)), explicit(0, pieces));
    const tag = octetString(randomBytes(16));
    const enveloped = sequence(integer(0), tlv(0x31), content, tag);
    const bomb = sequence(oid(CONTENT_TYPE.authEnvelopedData), explicit(0, enveloped));
    expect((await refusalOf(bomb, [f.bolt])).message).toMatch(/expected tag 0x04, found 0x24/);
  });

  it('of lengths that promise more than there is are refused without being believed', async () => {
    for (const length of ['83ffffff', '84ffffffff', '85ffffffffff', '887fffffffffffffff', 'ff']) {
      const bomb = Buffer.concat([Buffer.of(0x30), Buffer.from(length, 'hex'), randomBytes(20)]);
      expect((await refusalOf(bomb, [f.bolt])).reason).toBe('malformed');
    }
  });

  it('of recipients are refused at a thousand', async () => {
    const info = keyAgreement(f.acme, randomBytes(32));
    const recipientInfos = Array.from({ length: 1001 }, () => info);
    expect((await refusalOf(f.forged({ recipientInfos }), [f.bolt])).message).toMatch(
      /more than 1000/,
    );
  });

  it('of bytes are refused by their size alone', async () => {
    const attempt = open(Buffer.alloc(11), [f.bolt], { sealed: 10 });
    await expect(attempt).rejects.toMatchObject({ reason: 'too-large' });
  });
});
