/**
 * How much memory a large payload takes on both sides: `--size 10GiB` of what nothing can make smaller,
 * sent and received over a real broker. The target is less than 200 MB in each process.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseByteSize } from '../src/domain/byte-size.js';
import { printReport } from './report.js';
import { makeRandomFile, openStage } from './stage.js';

const LIMIT = 200_000_000;
const MEGABYTE = 1_000_000;

const at = process.argv.indexOf('--size');
const size = parseByteSize(at < 0 ? '2GiB' : (process.argv[at + 1] ?? ''));
const stage = openStage();
try {
  const file = join(stage.files, 'payload');
  makeRandomFile(file, size);
  const wanted = await sha256(file);
  const sent = await stage.msg('alice', ['send', 'bob', file]);
  rmSync(file);
  const out = join(stage.files, 'out');
  const got = await stage.msg('bob', ['listen', '-n', '1', '--out', out]);
  const [name = ''] = readdirSync(out);
  if ((await sha256(join(out, name))) !== wanted) throw new Error('what came is not what was sent');
  const megabytes = (bytes: number): number => Math.round(bytes / MEGABYTE);
  const sides = [
    ['msg send', sent],
    ['msg listen', got],
  ] as const;
  printReport(
    [
      [`${megabytes(size)} MB`, 'peak MB', 's', 'MB/s'],
      ...sides.map(([side, { peak, seconds }]) => [
        side,
        String(megabytes(peak)),
        seconds.toFixed(1),
        (size / MEGABYTE / seconds).toFixed(0),
      ]),
    ],
    {
      name: 'memory',
      figures: Object.fromEntries(
        sides.flatMap(([side, { peak, seconds }]) => [
          [`${side} peak MB`, megabytes(peak)],
          [`${side} s`, Number(seconds.toFixed(1))],
        ]),
      ),
      comparedWith: '200 MB of resident memory, the larger of both sides',
      ratio: Number((Math.max(sent.peak, got.peak) / LIMIT).toFixed(2)),
    },
  );
  if (Math.max(sent.peak, got.peak) > LIMIT) process.exitCode = 1;
} finally {
  stage.close();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
