import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What waits for most of its time (for the minute, for members of a group to be missed) or takes long
 * and would be left alone at the end.
 */
const FIRST = [
  'test/e2e/cron.test.ts',
  'test/transport/kafka/contract.test.ts',
  'test/registry/solidity.test.ts',
] as const;

/** Runs first what waits, so that the other suites run beside it; then as vitest would. */
export class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = FIRST.filter((path) => !existsSync(path));
    if (gone.length > 0) throw new Error(`to be run first, and not there: ${gone.join(', ')}`);
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = FIRST.findIndex((path) => path === relative(process.cwd(), moduleId));
      return place === -1 ? FIRST.length : place;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
