import { describe } from 'vitest';
import { hasKafka } from '../support/kafka.js';
import { describeExchange } from './exchange.js';

describe.runIf(hasKafka)('with a real broker', () => {
  describeExchange('Apache Kafka', '--kafka');
  describeExchange('Apache Kafka with TLS, passwords and access rules', '--secure');
});
