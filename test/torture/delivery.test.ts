import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Chance } from './delivery/chance.js';
import { digestOf, judgeDirectory, judgeHandler } from './delivery/journal.js';
import { planRound } from './delivery/plan.js';

const INGREDIENTS = {
  sinks: ['out', 'exec'],
  outages: ['chain killed', 'broker killed'],
  chunked: 900_000,
  largest: 4_000_000,
} as const;
const [one, other] = ['one', 'other'].map((text) => digestOf(Buffer.from(text))) as [
  string,
  string,
];
const JOURNAL = new Map([
  [one, 'the one'],
  [other, 'the other'],
]);

it('plays the same round for the same seed and number', () => {
  for (let number = 0; number < 50; number++) {
    expect(planRound(3, number, INGREDIENTS)).toEqual(planRound(3, number, INGREDIENTS));
  }
  const rounds = Array.from({ length: 50 }, (_, number) => planRound(3, number, INGREDIENTS));
  expect(new Set(rounds.map((round) => JSON.stringify(round))).size).toBe(50);
});

it('draws numbers within their bounds, both ends included', () => {
  const chance = new Chance(1);
  const drawn = new Set(Array.from({ length: 1000 }, () => chance.between(2, 4)));
  expect([...drawn].sort()).toEqual([2, 3, 4]);
});

it('takes the repeats of one message to a handler, and nothing else', () => {
  expect(judgeHandler(JOURNAL, `a ${one}\na ${one}\nb ${other}\n`)).toEqual([]);
  expect(judgeHandler(JOURNAL, `a ${one}\n`)).toEqual(['the other never came to the handler']);
  expect(judgeHandler(JOURNAL, `a ${one}\nc ${one}\nb ${other}\n`)).toEqual([
    'the one came to the handler as 2 different messages',
  ]);
  const stranger = digestOf(Buffer.from('stranger'));
  expect(judgeHandler(JOURNAL, `a ${one}\nb ${other}\nc ${stranger}\n`)).toHaveLength(1);
});

it('finds in a directory what is missing, what is there twice, and what nobody sent', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'msg-judge-'));
  try {
    await writeFile(join(directory, 'a'), 'one');
    await writeFile(join(directory, 'b'), 'other');
    expect(await judgeDirectory(JOURNAL, directory)).toEqual({ count: 2, sentences: [] });
    await writeFile(join(directory, 'a.1'), 'one');
    await writeFile(join(directory, 'b'), 'oth');
    expect(await judgeDirectory(JOURNAL, directory)).toEqual({
      count: 3,
      sentences: [
        'the one arrived 2 times',
        'the other never arrived',
        'what nobody sent arrived: b',
      ],
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
