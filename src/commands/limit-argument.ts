import { MsgError } from '../errors.js';

const PRESET = 100;

/**
 * Reads how many rows to list; 100 where nothing was said.
 *
 * @throws MsgError `usage`
 */
export function parseLimit(text: string | undefined): number {
  if (text === undefined) return PRESET;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new MsgError('usage', `not a limit: ${text}`, { hint: 'give a whole number from 1' });
}
