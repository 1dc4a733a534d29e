/**
 * How long a judgement may wait for something that has to be fetched first:
 *
 * - `none`: it judges by what is at hand; what is missing is fetched meanwhile, for the next time
 * - `short`: it waits a moment for what nobody has asked for before
 * - `full`: it waits for as long as fetching may take
 */
export type Patience = 'none' | 'short' | 'full';
