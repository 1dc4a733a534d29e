import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Chance } from '../torture/delivery/chance.js';
import { decodeHeader } from '../../src/envelope/header-json.js';
import { EnvelopeRefused } from '../../src/envelope/refused.js';
import { describeWithVectors } from '../support/vectors.js';
import { loadCorpus, type Corpus } from './corpus.js';
import { DER_MUTATIONS, mutateDer } from './der-mutations.js';
import { encodeNodes, parseNodes } from './der-tree.js';
import type { Figures } from './figures.js';
import { mutateJson } from './json-mutations.js';
import { runShard, type Tally } from './run.js';
import { Breach, type Case, type Target } from './target.js';
import { targetsOf } from './targets.js';

const VECTORS = process.env['MSG_VECTORS'] ?? resolve('../shared/vectors');

let corpus: Corpus;

beforeAll(async () => {
  corpus = await loadCorpus(VECTORS);
});

describeWithVectors('pkits')('npm run fuzz', () => {
  it('finds nothing in some thousand mutations of a recorded seed', async () => {
    const args = ['scripts/run-ts.js', 'test/fuzz/main.ts', '--mutations', '4000', '--seed', '7'];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--json']);
    const figures = JSON.parse(stdout) as Figures;
    expect(figures).toMatchObject({ seed: 7, mutations: 4000, finds: [] });
    const counts = Object.values(figures.outcomes).flatMap((outcomes) => Object.values(outcomes));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4000);
  }, 120_000);

  it('refuses numbers that are none', async () => {
    const args = ['scripts/run-ts.js', 'test/fuzz/main.ts', '--mutations', '1e6'];
    const failure: unknown = await promisify(execFile)(process.execPath, args).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('usage') as string });
  });

  it('makes the same mutation of the same seed and number, whatever came before', () => {
    const targets = targetsOf(corpus);
    const bytes = (target: Target, number: number): string =>
      Buffer.from(target.make(new Chance(number)).bytes).toString('hex');
    for (const target of targets.filter(({ name }) => name !== 'issued' && name !== 'signed')) {
      const [first, other] = [bytes(target, 1), bytes(target, 2)];
      expect(bytes(target, 1)).toBe(first);
      expect(other).not.toBe(first);
    }
  });

  it('reads every sample as it is, and so mutates what would be accepted', async () => {
    const kinds = new Set(targetsOf(corpus).map(({ name }) => name));
    expect(kinds.size).toBe(9);
    const tally = await runShard(targetsOf(corpus), { seed: 1, first: 0, count: 500 });
    const reached = Object.values(tally.outcomes).filter(
      ({ same = 0, signed = 0 }) => same + signed > 0,
    );
    expect(reached.length).toBeGreaterThanOrEqual(6);
  });
});

describe('the ids that a header names', () => {
  /** What becomes of the headers that have such ids, changed in many ways. */
  function read(field: 'after' | 'void'): { readonly lengths: Set<number>; refused: number } {
    const found = { lengths: new Set<number>(), refused: 0 };
    const headers = corpus.headers.filter((header) => header.includes(`"${field}"`));
    for (let seed = 0; seed < 12_000; seed++) {
      const header = headers[seed % headers.length] ?? Buffer.of();
      try {
        const { to } = decodeHeader(mutateJson(header, new Chance(seed)));
        for (const one of to) found.lengths.add(one[field]?.length ?? 0);
      } catch (error) {
        if (!(error instanceof EnvelopeRefused)) throw error;
        if (error.message.includes(`refused: ${field}`)) found.refused += 1;
      }
    }
    return found;
  }

  it.each(['after', 'void'] as const)('are changed by themselves: %s', (field) => {
    const { lengths, refused } = read(field);
    // As written, none, one less, and as many as there may be; never more.
    expect([...lengths]).toEqual(expect.arrayContaining([0, 1, 2, 32]));
    expect(Math.max(...lengths)).toBe(32);
    expect(refused).toBeGreaterThan(50);
  });

  it('are in a message, too, whose sender is hostile', () => {
    const messages = corpus.envelopes.filter(({ header }) =>
      header.to.some(({ void: ids = [] }) => ids.length > 0),
    );
    expect(messages.map(({ name }) => name)).toEqual(['void']);
  });
});

describe('a run of mutations', () => {
  /** A target whose cases are read so. */
  const reading = (read: Case['read']): readonly Target[] => [
    { name: 'test', weight: 1, make: () => ({ sample: 'one', bytes: Buffer.from('x'), read }) },
  ];
  const run = (read: Case['read'], count = 1): Promise<Tally> =>
    runShard(reading(read), { seed: 1, first: 5, count });

  it('takes what is refused, the same or signed for no find', async () => {
    const outcomes = ['refused', 'same', 'signed'] as const;
    let next = 0;
    const tally = await run(() => outcomes[next++ % 3] ?? 'same', 6);
    expect(tally.finds).toEqual([]);
    expect(tally.outcomes).toEqual({ test: { refused: 2, same: 2, signed: 2 } });
  });

  it('finds an error that no reader documents, with the number that brings it again', async () => {
    const tally = await run(() => {
      throw new TypeError('undefined is not a function');
    });
    expect(tally.finds).toHaveLength(1);
    expect(tally.finds[0]).toMatchObject({ index: 5, target: 'test', sample: 'one' });
    expect(tally.finds[0]?.problem).toMatch(/^TypeError: undefined/);
  });

  it('finds what is accepted against a promise', async () => {
    const tally = await run(() => Promise.reject(new Breach('it opens')));
    expect(tally.finds[0]?.problem).toMatch(/it opens/);
  });

  it('finds what takes more than 100 ms of computing each time', async () => {
    const tally = await run(() => {
      const end = process.cpuUsage().user + 150_000;
      while (process.cpuUsage().user < end);
      return 'refused';
    });
    expect(tally.finds[0]?.problem).toMatch(/^it took \d+ ms$/);
  });

  it('does not find what only waits, or is slow once', async () => {
    let calls = 0;
    const tally = await run(() => {
      const end = process.cpuUsage().user + (calls++ === 0 ? 150_000 : 0);
      while (process.cpuUsage().user < end);
      return 'refused';
    });
    expect(tally.finds).toEqual([]);
  });

  it('finds what takes more than 64 MB at once', async () => {
    const tally = await run(() =>
      Buffer.alloc(90 * 1024 * 1024, 1)[0] === 1 ? 'same' : 'refused',
    );
    expect(tally.finds[0]?.problem).toMatch(/^(it took )?\d+(\.\d)? MB( within \d+ mutations)?$/);
  });
});

describe('DER taken apart', () => {
  it('is the same when it is put together again', () => {
    for (const donor of corpus.donors.slice(0, 50)) {
      const nodes = parseNodes(donor);
      expect(nodes && encodeNodes(nodes).equals(donor)).toBe(true);
    }
  });

  it('is changed by every kind of mutation in most cases', () => {
    expect(DER_MUTATIONS).toHaveLength(25);
    const [donor = Buffer.of()] = corpus.donors;
    const changed = Array.from({ length: 200 }, (_, seed) =>
      mutateDer(donor, new Chance(seed), corpus.donors).equals(donor),
    );
    expect(changed.filter((isSame) => isSame).length).toBeLessThan(20);
  });
});
