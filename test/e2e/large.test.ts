import { describe } from 'vitest';
import { hasKafka } from '../support/kafka.js';
import { describeLargeExchange } from './large.js';

describeLargeExchange('the embedded log');

describe.runIf(hasKafka)('with a real broker', () => {
  describeLargeExchange('Apache Kafka', '--kafka');
});
