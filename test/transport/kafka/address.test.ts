import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startBroker, type Broker } from '../../../src/sandbox/kafka/broker.js';
import { defaultCacheDirectory } from '../../../src/sandbox/kafka/distribution.js';
import { claimPort } from '../../../src/sandbox/port.js';
import type { MsgError } from '../../../src/errors.js';
import { failureOf } from '../../support/failure.js';
import { hasKafka } from '../../support/kafka.js';
import { suiteDirectory } from '../../support/suite-directory.js';
import { open } from './bench.js';

/** How a question to these brokers fails. */
function failing(...brokers: readonly string[]): Promise<MsgError> {
  const transport = open('', { brokers });
  onTestFinished(() => transport.close());
  return failureOf(transport.positions('any', 'group'));
}

const closed = async (): Promise<string> => `127.0.0.1:${await claimPort(0)}`;

test('a broker that cannot be reached is named', async () => {
  const broker = await closed();
  const { code, message, hint } = await failing(broker);
  expect({ code, message }).toEqual({
    code: 'broker-unreachable',
    message: `cannot reach ${broker} (ECONNREFUSED)`,
  });
  expect(hint).toMatch(/^check the address/);
});

test('of several brokers it is said which one', async () => {
  const brokers = [await closed(), await closed()];
  const { message } = await failing(...brokers);
  const named = brokers.map((one) => `cannot reach ${one}, one of 2 brokers (ECONNREFUSED)`);
  expect(named).toContain(message);
});

describe.runIf(hasKafka)('brokers that send on to an address that nobody reaches', () => {
  const { path: directory } = suiteDirectory();
  let elsewhere: string;
  let broker: Broker;

  beforeAll(async () => {
    elsewhere = await closed();
    broker = await startBroker({
      ...{ directory, cacheDirectory: defaultCacheDirectory() },
      settings: { 'advertised.listeners': `CLIENT://${elsewhere}` },
    });
  });
  afterAll(() => broker.stop());

  test('are told from those that are down, with what to do about it', async () => {
    const { code, message, hint } = await failing(broker.bootstrap);
    expect({ code, message }).toEqual({
      code: 'broker-unreachable',
      message: `cannot reach ${elsewhere} (ECONNREFUSED)`,
    });
    expect(hint).toContain(`${broker.bootstrap} says that a broker is to be reached there`);
    expect(hint).toContain('advertised.listeners');
  });
});
