import { MsgError } from '../../errors.js';

/** Takes a record's headers back from the JSON object of texts that the log keeps. */
export function readHeaders(json: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(json);
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(entries.map(([name, text]) => [name, textOf(name, text)]));
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new MsgError('config', `header ${name} in the log holds ${typeof value}, not text`);
}
