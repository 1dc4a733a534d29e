import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { ContractBench, type TransportFixture } from './contract/bench.js';
import { describeGroups } from './contract/groups.js';
import { describeMoving } from './contract/moving.js';
import { describePublishing } from './contract/publishing.js';
import { describeRetention } from './contract/retention.js';
import { describeStartPositions } from './contract/start-positions.js';
import { describeSubscribing } from './contract/subscribing.js';

export type { TransportFixture } from './contract/bench.js';

/**
 * What every adapter of the transport port promises, run against a real log. It assumes nothing
 * about latency or about the order across partitions, and every test has topics of its own.
 *
 * @param factory starts the log, or finds it running; called once before the suite.
 */
export function describeTransportContract(
  name: string,
  factory: () => Promise<TransportFixture>,
): void {
  describe(`the transport contract: ${name}`, { timeout: 90_000 }, () => {
    const bench = new ContractBench();
    beforeAll(async () => {
      bench.begin(await factory());
    });
    afterEach(() => bench.tidy());
    afterAll(() => bench.end());

    describePublishing(bench);
    describeSubscribing(bench);
    describeStartPositions(bench);
    describeGroups(bench);
    describeRetention(bench);
    describeMoving(bench);
  });
}
