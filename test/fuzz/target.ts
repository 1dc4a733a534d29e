import type { Chance } from '../torture/delivery/chance.js';

/** What became of changed bytes. */
export type Outcome =
  /** An error that its reader documents, or a verdict against it. */
  | 'refused'
  /** Read as what it was before the change: the change was one of encoding, or beside the point. */
  | 'same'
  /** Accepted as something else, by the will of the one who signed it. */
  | 'signed';

/** A promise that was broken: something was accepted that nobody has signed. */
export class Breach extends Error {
  override readonly name = 'Breach';
}

/** Bytes that were changed, and the reader they go to. */
export interface Case {
  /** Which bytes were changed. */
  readonly sample: string;
  /** The changed bytes, as whoever finds something wants to see them. */
  readonly bytes: Uint8Array;
  /**
   * Reads them as the program does.
   *
   * @throws Breach, or whatever no caller expects: a mistake of the program.
   */
  readonly read: () => Outcome | Promise<Outcome>;
}

/** One kind of input. */
export interface Target {
  readonly name: string;
  /** How often it is chosen, in proportion to the others. */
  readonly weight: number;
  /** Changes one of its samples; the same chance gives the same case. */
  readonly make: (chance: Chance) => Case;
}

/** Whether an error of this kind is documented; anything else is thrown on. */
export function refusedAs(
  error: unknown,
  ...kinds: (abstract new (...a: never[]) => Error)[]
): Outcome {
  if (kinds.some((kind) => error instanceof kind)) return 'refused';
  throw error;
}
