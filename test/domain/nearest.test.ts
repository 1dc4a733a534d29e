import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../src/domain/nearest.js';

const PEERS = ['acme', 'acme.finance', 'globex', 'initech'];

describe('suggestions for typing slips', () => {
  it.each([
    ['acmee', 'acme'],
    ['amce', 'acme'],
    ['globx', 'globex'],
    ['Initech', 'initech'],
    ['inittehc', 'initech'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, PEERS)).toBe(meant);
  });

  it('takes the beginning of one name alone for that name', () => {
    expect(nearest('glo', PEERS)).toBe('globex');
  });

  it.each(['', 'x', 'umbrella', 'xxxx'])('makes nothing of %j', (word) => {
    expect(nearest(word, PEERS)).toBeUndefined();
  });

  it('counts a swap of neighbours once', () => {
    expect(nearest('ba', ['ab'])).toBe('ab');
  });

  it('says in a hint what was meant, or else what to do', () => {
    expect(suggestion('gloebx', PEERS, 'list them')).toBe('did you mean globex');
    expect(suggestion('umbrella', PEERS, 'list them')).toBe('list them');
  });
});
