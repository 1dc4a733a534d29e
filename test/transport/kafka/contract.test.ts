import { describe } from 'vitest';
import { hasKafka } from '../../support/kafka.js';
import { describeTransportContract } from '../contract.js';
import { kafkaFixture } from './bench.js';

describe.runIf(hasKafka)('with a real broker', () => {
  describeTransportContract('kafka', kafkaFixture);
});
