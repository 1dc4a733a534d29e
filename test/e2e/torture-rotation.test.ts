import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasKafka } from '../support/kafka.js';
import type { Verdict } from '../torture/verdict.js';

const PROGRAM = ['scripts/run-ts.js', 'test/torture/main.ts', 'rotation', '--json'];

describe.runIf(hasKafka)('rotation under traffic, in short', () => {
  it('loses, doubles and refuses nothing but what revoked versions have signed', async () => {
    const args = [...PROGRAM, '--built', '--rotations', '2', '--rate', '10', '--max-age', '2s'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { promises, figures } = JSON.parse(stdout) as Verdict;
    expect(promises.flatMap(({ breaches }) => breaches)).toEqual([]);
    expect(promises).toHaveLength(8);
    expect(figures).toMatchObject({ rotationsASide: 2, forged: 10 });
    expect(figures['sentAlice']).toBeGreaterThan(20);
    expect(figures['sentBob']).toBeGreaterThan(20);
  }, 600_000);
});
