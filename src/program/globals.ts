import type { ColourMode } from '../terminal/colour.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly profile: string | undefined;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly colour: ColourMode;
  /** `--no-input`. */
  readonly noInput: boolean;
  /** `--format json`, or `--json` where that is its short form. */
  readonly json: boolean;
  /** `-s key=value`, settings that beat environment and profile. */
  readonly set: readonly string[];
}

/** Takes the global options out of everything commander has parsed. */
export function parseGlobals(parsed: Readonly<Record<string, unknown>>): GlobalOptions {
  const { profile, quiet, verbose, color, input, format, json, set } = parsed;
  return {
    profile: typeof profile === 'string' ? profile : undefined,
    quiet: quiet === true,
    verbose: typeof verbose === 'number' ? verbose : 0,
    colour: color === 'always' || color === 'never' ? color : 'auto',
    noInput: input === false,
    json: format === 'json' || json === true,
    set: Array.isArray(set) ? set.map(String) : [],
  };
}
