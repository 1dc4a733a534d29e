import { describe, expect, it } from 'vitest';
import { connectKafka } from '../../../src/transport/kafka/connect.js';
import { hasKafka, kafkaForTests } from '../../support/kafka.js';

describe.runIf(hasKafka)('brokers that keep no access rules', () => {
  it('are told from brokers that cannot be reached, with what to do about it', async () => {
    const { bootstrap } = await kafkaForTests();
    const transport = connectKafka({
      brokers: [bootstrap],
      ...{ clientId: 'msg', log: () => undefined, clock: Date.now },
    });
    const rule = { topic: 'msg.in.bob', principal: 'User:alice', role: 'sender' } as const;
    const refusal = { code: 'config', hint: expect.stringMatching(/authorizer/) as string };
    await expect(transport.grant([rule])).rejects.toMatchObject(refusal);
    await expect(transport.revoke([rule])).rejects.toMatchObject(refusal);
    await expect(transport.access([rule.topic])).rejects.toMatchObject(refusal);
    await transport.close();
  });
});
