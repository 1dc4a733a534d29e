/**
 * What sealing and opening a message of 1 KB costs, beside the same calls of node:crypto without any
 * CMS around them. The target is 1.4 for P-256, seal and open together.
 */
import { randomBytes } from 'node:crypto';
import { open } from '../src/envelope/open.js';
import { makePeer } from '../test/support/pki.js';
import { LIMITS, headerFor } from '../test/support/sealed.js';
import { seal } from '../src/envelope/seal.js';
import { bareOpen, bareSeal } from './bare-crypto.js';
import { interleave, type Contestant } from './interleave.js';
import { printReport } from './report.js';

const PAYLOAD = randomBytes(1024);
const KINDS = [
  { kind: 'p256', label: 'P-256', rounds: 3000 },
  { kind: 'p384', label: 'P-384', rounds: 300 },
  { kind: 'rsa3072', label: 'RSA-3072', rounds: 300 },
] as const;

async function contestantsFor({ kind }: (typeof KINDS)[number]): Promise<Contestant[]> {
  const [from, to] = [await makePeer('acme', kind), await makePeer('bolt', kind)];
  const input = {
    header: headerFor(from, [to], PAYLOAD),
    payload: PAYLOAD,
    signer: from,
    recipients: [to],
    signingTime: Date.now(),
  };
  const sealed = await seal(input, randomBytes);
  const opened = await open(sealed, [to], LIMITS);
  return [
    { name: `${kind} seal`, run: () => seal(input, randomBytes) },
    { name: `${kind} seal bare`, run: bareSeal(from, to, opened) },
    { name: `${kind} open`, run: () => open(sealed, [to], LIMITS) },
    { name: `${kind} open bare`, run: bareOpen(from, to, opened) },
  ];
}

const medians = new Map<string, number>();
for (const kind of KINDS) {
  const measured = await interleave(await contestantsFor(kind), kind.rounds);
  measured.forEach((value, name) => medians.set(name, value));
}
const at = (name: string): number => medians.get(name) ?? Number.NaN;

const rows = KINDS.map(({ kind, label }) => {
  const both = at(`${kind} seal`) + at(`${kind} open`);
  const bare = at(`${kind} seal bare`) + at(`${kind} open bare`);
  return { kind, label, ratio: both / bare };
});
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
const microseconds = (name: string): string => at(name).toFixed(0);

printReport(
  [
    ['1 KB, µs', 'seal', 'bare', 'open', 'bare', 'ratio'],
    ...rows.map(({ kind, label, ratio }) => [
      label,
      ...['seal', 'seal bare', 'open', 'open bare'].map((part) => microseconds(`${kind} ${part}`)),
      ratio.toFixed(2),
    ]),
  ],
  {
    name: 'envelope',
    figures: Object.fromEntries<number>([
      ...[...medians].map(([name, value]) => [`${name} µs`, rounded(value, 1)] as const),
      ...rows.map(({ kind, ratio }) => [`${kind} ratio`, rounded(ratio, 3)] as const),
    ]),
    comparedWith: 'the same node:crypto calls without CMS, P-256, seal and open together',
    ratio: rounded(rows[0]?.ratio ?? Number.NaN, 3),
  },
);
