import { MsgError } from '../errors.js';

/**
 * Reads a count, from 1 on.
 *
 * @throws MsgError `usage`
 */
export function parseCount(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const what = flag === '-n' ? 'a number of messages' : `a number for ${flag}`;
  throw new MsgError('usage', `not ${what}: ${text}`, {
    hint: `give a whole number from 1, such as ${flag} 10`,
  });
}
