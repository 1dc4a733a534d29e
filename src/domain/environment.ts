/** The time in Unix milliseconds. The core takes one as an argument and never reads the real one. */
export type Clock = () => number;

/** A source of cryptographically strong random bytes: `random(n)` gives n of them. */
export type RandomSource = (length: number) => Uint8Array;
