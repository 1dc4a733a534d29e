import { randomBytes } from 'node:crypto';
import { refusing, sealNow, type Expected } from './records.js';
import { LARGEST, type Stage } from './stage.js';

/** Bytes of all kinds and sizes, and tombstones. */
export function garbage(scale: number): (Uint8Array | null)[] {
  const sizes = Array.from({ length: 40 * scale }, (_, index) => 1 + ((index * 7_919) % 300_000));
  const texts = ['{"from":"alice"}', '-----BEGIN CMS-----\n', '<html>', '0\u{80}'];
  return [
    null,
    ...texts.map((text) => Buffer.from(text)),
    ...sizes.map((size) => randomBytes(size)),
  ];
}

/** What was cut off somewhere, and what goes on behind its end. */
export async function cutOff(stage: Stage, scale: number): Promise<Uint8Array[]> {
  const sealed = await sealNow(stage, randomBytes(20_000));
  const step = Math.ceil(sealed.length / (60 * scale));
  const cut = Array.from({ length: 60 * scale }, (_, index) =>
    sealed.subarray(0, 1 + index * step),
  );
  return [...cut.filter(({ length }) => length < sealed.length), Buffer.concat([sealed, sealed])];
}

/** Messages with one bit wrong, anywhere. */
export async function flipped(stage: Stage, scale: number): Promise<Uint8Array[]> {
  const values: Uint8Array[] = [];
  for (let index = 0; index < 100 * scale; index++) {
    const sealed = Buffer.from(await sealNow(stage, Buffer.from(`flipped ${index}`)));
    const at = Math.floor((sealed.length * index) / (100 * scale));
    sealed[at] = (sealed[at] ?? 0) ^ (1 << (index % 8));
    values.push(sealed);
  }
  return values;
}

/** Lengths of four gigabytes, and nesting as deep as a record is long. */
export function absurdLengths(): Uint8Array[] {
  const fourGigabytes = Buffer.from('3084ffffffff', 'hex');
  const deep = Buffer.from('3080'.repeat(200_000), 'hex');
  const wide = Buffer.from(`30820f00${'0500'.repeat(1920)}`, 'hex');
  return [fourGigabytes, Buffer.from('30ffffffffffffffffff', 'hex'), deep, wide];
}

/** More than `limits.message`. */
export async function oversized(stage: Stage): Promise<Expected> {
  const values = [await sealNow(stage, randomBytes(LARGEST + 1000)), randomBytes(LARGEST * 1.5)];
  return refusing(stage, values, ['too-large']);
}
