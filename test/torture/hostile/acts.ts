import { QUARANTINE_REASONS } from '../../../src/topics/quarantine-reasons.js';
import { absurdManifests, forgedChunks, orphans, tooManyFiles } from './files.js';
import { absurdLengths, cutOff, flipped, garbage, oversized } from './garbage.js';
import { bombs, flood, packed, unreadable } from './packed.js';
import { refusing, type Expected } from './records.js';
import type { Stage } from './stage.js';

/** What a hostile producer or member does. */
export interface Act {
  readonly name: string;
  /** @param scale how much of it. */
  readonly play: (stage: Stage, scale: number) => Promise<Expected>;
  /** Whether nobody else may write meanwhile, since that would be lost as well. */
  readonly isAlone?: boolean;
}

const ANY = Object.keys(QUARANTINE_REASONS);

export const ACTS: readonly Act[] = [
  { name: 'garbage', play: (stage, scale) => refusing(stage, garbage(scale), ['malformed']) },
  {
    name: 'truncated',
    play: async (stage, scale) =>
      refusing(stage, await cutOff(stage, scale), ['malformed', 'content-type', 'profile']),
  },
  {
    name: 'one bit wrong',
    play: async (stage, scale) => refusing(stage, await flipped(stage, scale), ANY),
  },
  { name: 'absurd lengths', play: (stage) => refusing(stage, absurdLengths(), ['malformed']) },
  { name: 'oversized', play: oversized },
  { name: 'forged chunks', play: forgedChunks },
  { name: "others' chunks, and chunks of nothing", play: orphans },
  { name: 'absurd manifests', play: absurdManifests },
  { name: 'decompression bombs', play: bombs },
  { name: 'more files than may be under way', play: tooManyFiles },
  { name: 'packed record sets', play: packed },
  { name: 'record sets that nobody can read', play: unreadable, isAlone: true },
  { name: 'a flood from one member', play: flood },
];
