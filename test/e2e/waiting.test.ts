import { describe } from 'vitest';
import { hasKafka } from '../support/kafka.js';
import { describeWaiting } from './waiting.js';

describeWaiting('the embedded log');

describe.runIf(hasKafka)('with a real broker', () => {
  describeWaiting('Apache Kafka', '--kafka');
});
