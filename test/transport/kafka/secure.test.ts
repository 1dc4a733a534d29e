import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writePem } from '../../../src/asn1/pem.js';
import type { KafkaConfig } from '../../../src/transport/kafka/config.js';
import type { Transport } from '../../../src/transport/port.js';
import {
  ADMIN,
  USERS,
  hasKafka,
  secureKafkaForTests,
  type SecureTestBroker,
} from '../../support/kafka.js';
import { clientCertificate, foreignAuthority } from '../../support/client-certificate.js';
import { ContractBench, publishTexts } from '../contract/bench.js';
import { open } from './bench.js';

describe.runIf(hasKafka)('a broker with TLS, SCRAM and ACLs', { timeout: 60_000 }, () => {
  const bench = new ContractBench();
  let broker: SecureTestBroker;
  const opened: Transport[] = [];

  beforeAll(async () => {
    broker = await secureKafkaForTests();
    bench.begin({ open: () => Promise.resolve(as(ADMIN.name)), close: () => Promise.resolve() });
  });
  afterEach(async () => {
    await bench.tidy();
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  function connect(options: Partial<KafkaConfig>, bootstrap = broker.bootstrap): Transport {
    const transport = open(bootstrap, options);
    opened.push(transport);
    return transport;
  }

  function as(name: string, password?: string): Transport {
    const user = [ADMIN, ...USERS].find((one) => one.name === name) ?? ADMIN;
    return connect({
      tls: { ca: broker.caCertificatePem ?? '' },
      sasl: {
        mechanism: 'scram-sha-512',
        username: user.name,
        password: password ?? user.password,
      },
    });
  }

  /** An inbox of acme's to which globex may send. */
  async function inbox(): Promise<{ topic: string; group: string }> {
    const topic = `msg.in.${randomUUID()}`;
    const group = `group.${topic}`;
    const admin = as(ADMIN.name);
    await admin.ensureTopic({ topic, partitions: 1, retention: 86_400_000 });
    await admin.grant([{ topic, group, principal: 'acme', role: 'owner' }]);
    await admin.grant([{ topic, principal: 'globex', role: 'sender' }]);
    return { topic, group };
  }

  test('lets the sender write and the owner read', async () => {
    const { topic } = await inbox();
    const sender = as('globex');
    expect(await sender.partitionFor(topic, 'key')).toBe(0);
    await publishTexts(sender, topic, ['hello']);
    expect((await sender.limits(topic)).largestValue).toBeGreaterThan(900 * 1024);
    const reading = await bench.read(as('acme'), { topic });
    expect(await reading.upTo(1)).toEqual(['hello']);
  });

  test('lets the owner look back without taking part in the group', async () => {
    const { topic } = await inbox();
    await publishTexts(as('globex'), topic, ['hello']);
    const reading = await bench.read(as('acme'), { topic, start: { from: 'earliest' } });
    expect(await reading.upTo(1)).toEqual(['hello']);
  });

  test('refuses a stranger’s look into an inbox', async () => {
    const { topic } = await inbox();
    const reading = bench.read(as('stranger'), { topic });
    await expect(reading).rejects.toMatchObject({ code: 'not-authorised' });
  });

  test('refuses a reader that has the topic but not the group', async () => {
    const { topic } = await inbox();
    const acme = as('acme');
    const reading = await bench.read(acme, { topic, group: 'msg.of-somebody-else' });
    await expect(reading.subscription?.finished).rejects.toMatchObject({ code: 'not-authorised' });
    await expect(reading.subscription?.finished).rejects.toThrow('msg.of-somebody-else');
  });

  test('refuses to let the sender read, and the owner write', async () => {
    const { topic, group } = await inbox();
    const reading = await bench.read(as('globex'), { topic, group });
    await expect(reading.subscription?.finished).rejects.toMatchObject({ code: 'not-authorised' });
    const write = publishTexts(as('acme'), topic, ['x']);
    await expect(write).rejects.toMatchObject({ code: 'not-authorised' });
  });

  test('refuses the sender again once its right was taken back', async () => {
    const { topic } = await inbox();
    await publishTexts(as('globex'), topic, ['x']);
    await as(ADMIN.name).revoke([{ topic, principal: 'globex', role: 'sender' }]);
    const write = publishTexts(as('globex'), topic, ['y']);
    await expect(write).rejects.toMatchObject({ code: 'not-authorised' });
  });

  describe('knows the one who sends, and lets it write,', () => {
    const SUBJECT = 'CN=globex,OU=Messages,O=Members';

    async function expectToWrite(sender: Transport, principal: string): Promise<void> {
      const { topic } = await inbox();
      await expect(publishTexts(sender, topic, ['x'])).rejects.toMatchObject({
        ...{ code: 'not-authorised', hint: expect.stringContaining(principal) as unknown },
      });
      await as(ADMIN.name).grant([{ topic, principal, role: 'sender' }]);
      await publishTexts(sender, topic, ['hello']);
      const reading = await bench.read(as('acme'), { topic });
      expect(await reading.upTo(1)).toEqual(['hello']);
    }

    test.each(['scram-sha-256', 'scram-sha-512'] as const)('by %s', async (mechanism) => {
      const sasl = { mechanism, username: 'stranger', password: 'stranger-secret' };
      const tls = { ca: broker.caCertificatePem ?? '' };
      await expectToWrite(connect({ tls, sasl }), 'User:stranger');
    });

    test('by SASL PLAIN', async () => {
      const sasl = {
        mechanism: 'plain',
        username: 'stranger',
        password: 'stranger-secret',
      } as const;
      const tls = { ca: broker.caCertificatePem ?? '' };
      const at = `127.0.0.1:${broker.ports.plainLogin}`;
      await expectToWrite(connect({ tls, sasl }, at), 'User:stranger');
    });

    test('by its certificate', async () => {
      const own = await clientCertificate(broker, { subject: SUBJECT });
      const tls = { ca: broker.caCertificatePem ?? '', ...own };
      const at = `127.0.0.1:${broker.ports.clientCertificate}`;
      await expectToWrite(connect({ tls }, at), `User:${SUBJECT}`);
    });

    test('by its certificate, with a key that is encrypted', async () => {
      const passphrase = 'correct horse';
      const own = await clientCertificate(broker, { subject: SUBJECT, passphrase });
      const tls = { ca: broker.caCertificatePem ?? '', ...own, passphrase };
      const at = `127.0.0.1:${broker.ports.clientCertificate}`;
      await expectToWrite(connect({ tls }, at), `User:${SUBJECT}`);
    });
  });

  test('names a wrong password', async () => {
    const write = publishTexts(as('acme', 'wrong'), 'any', ['x']);
    await expect(write).rejects.toMatchObject({
      code: 'not-authorised',
      message: 'the broker refused the user name or the password',
    });
  });

  test('names a mechanism that it does not offer', async () => {
    const transport = connect({
      tls: { ca: broker.caCertificatePem ?? '' },
      sasl: { mechanism: 'plain', username: 'acme', password: 'acme-secret' },
    });
    await expect(publishTexts(transport, 'any', ['x'])).rejects.toMatchObject({
      code: 'not-authorised',
      message: 'the broker does not offer this SASL mechanism',
    });
  });

  test('names a certificate that is not trusted', async () => {
    const other = await foreignAuthority();
    const transport = connect({ tls: { ca: writePem('CERTIFICATE', other.root.der) } });
    const positions = transport.positions('any', 'group');
    await expect(positions).rejects.toMatchObject({ code: 'config' });
    await expect(positions).rejects.toThrow('is not trusted');
  });

  test('tells a client without credentials that it needs them', async () => {
    const transport = connect({ tls: { ca: broker.caCertificatePem ?? '' } });
    await expect(publishTexts(transport, 'any', ['x'])).rejects.toMatchObject({
      code: 'not-authorised',
      hint: expect.stringContaining('transport.sasl') as unknown,
    });
    await expect(bench.read(transport, { topic: 'any' })).rejects.toMatchObject({
      code: 'not-authorised',
    });
  });

  test('tells a client without TLS that it needs it', async () => {
    const positions = connect({}).positions('any', 'group');
    await expect(positions).rejects.toMatchObject({
      code: 'config',
      hint: expect.stringContaining('kafkas://') as unknown,
    });
  });
});
