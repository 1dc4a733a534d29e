import { describe, expect, it } from 'vitest';
import { PLAIN, styleFor, wantsColour } from '../../src/terminal/colour.js';
import { packagesLoadedBy } from '../support/probe.js';

describe('the colour policy', () => {
  it.each([
    ['a terminal gets colour', 'auto', {}, true, true],
    ['a pipe gets none', 'auto', {}, false, false],
    ['NO_COLOR turns it off', 'auto', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR does not', 'auto', { NO_COLOR: '' }, true, true],
    ['TERM=dumb turns it off', 'auto', { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR turns it on', 'auto', { FORCE_COLOR: '1' }, false, true],
    ['an empty FORCE_COLOR does so, too', 'auto', { FORCE_COLOR: '' }, false, true],
    ['FORCE_COLOR=0 turns it off', 'auto', { FORCE_COLOR: '0' }, true, false],
    ['FORCE_COLOR beats NO_COLOR', 'auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    ['FORCE_COLOR beats TERM=dumb', 'auto', { FORCE_COLOR: '1', TERM: 'dumb' }, false, true],
    ['--color always beats everything', 'always', { NO_COLOR: '1', TERM: 'dumb' }, false, true],
    ['--color never beats everything', 'never', { FORCE_COLOR: '1' }, true, false],
  ] as const)('%s', (...[, mode, env, isTTY, expected]) => {
    expect(wantsColour(mode, env, isTTY)).toBe(expected);
  });

  it('is asked of each stream by itself', async () => {
    expect((await styleFor({ isTTY: true }, {})).red('x')).toBe('\u001b[31mx\u001b[39m');
    expect(await styleFor({ isTTY: false }, {})).toBe(PLAIN);
  });

  it('holds against what chalk would decide by itself', async () => {
    const style = await styleFor({ isTTY: false }, {}, 'always');
    expect(style.bold('x')).toBe('\u001b[1mx\u001b[22m');
  });

  it('loads chalk only when there is colour', () => {
    expect(packagesLoadedBy('src/terminal/colour.ts')).toEqual([]);
    expect(packagesLoadedBy('src/terminal/report.ts')).toEqual([]);
  });
});
