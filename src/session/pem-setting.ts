import { readFileSync } from 'node:fs';
import { MsgError } from '../errors.js';

/** Reads a PEM file that a setting names. */
export function readPem(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MsgError('config', `cannot read ${path} (${setting})`, {
      hint: 'check the path and who may read it',
      cause: error,
    });
  }
}
