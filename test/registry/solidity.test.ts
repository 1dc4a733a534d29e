import { expect, it } from 'vitest';
import { describeWithForge, forge } from '../support/forge.js';

describeWithForge('the directory contract', () => {
  it('passes its Solidity tests, fuzzing and invariants included', { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = forge(['test', '--fuzz-seed', '0x6d7367']);
    expect(stdout + stderr).not.toContain('[FAIL');
    expect(status, stdout + stderr).toBe(0);
    const summary = /(\d+) tests passed, (\d+) failed, (\d+) skipped/.exec(stdout);
    expect(Number(summary?.[1])).toBeGreaterThan(90);
    expect(summary?.slice(2)).toEqual(['0', '0']);
    expect(stdout).toMatch(/invariant_\w+\(\) \(runs: \d+, calls: [1-9]\d+, reverts: 0\)/);
  });

  it('is formatted as forge formats', () => {
    const { status, stdout } = forge([
      'fmt',
      '--check',
      'src/registry/contract',
      'test/registry/solidity',
    ]);
    expect(status, stdout).toBe(0);
  });
});
