import type { Environment, Output } from './streams.js';

/** What `--color` may say. */
export type ColourMode = 'always' | 'auto' | 'never';

/** Styles for text; each leaves it alone where colour is off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/**
 * Whether a stream gets colour. In order: `--color always|never`; FORCE_COLOR (`0` and `false` turn
 * it off, like Node's own rule it beats NO_COLOR); NO_COLOR (no-color.org: any value but the empty
 * one); TERM=dumb; and then a terminal gets it, a pipe or file does not.
 */
export function wantsColour(mode: ColourMode, env: Environment, isTTY: boolean): boolean {
  if (mode !== 'auto') return mode === 'always';
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  return env['TERM'] !== 'dumb' && isTTY;
}

const same = (text: string): string => text;

/** The style that changes nothing. */
export const PLAIN: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
};

/**
 * The style of one stream. chalk is loaded only when the stream gets colour, and told the level:
 * the 16 colours of the reader's own theme.
 */
export async function styleFor(
  output: Pick<Output, 'isTTY'>,
  env: Environment,
  mode: ColourMode = 'auto',
): Promise<Style> {
  if (!wantsColour(mode, env, output.isTTY)) return PLAIN;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}
