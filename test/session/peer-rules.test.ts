import { writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePeerName } from '../../src/domain/peer-name.js';
import { MsgError } from '../../src/errors.js';
import { readPeerRules } from '../../src/session/peer-rules.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const acme = parsePeerName('acme');

function file(text: string): { directory: string; path: string } {
  const directory = temporaryDirectory();
  const path = join(directory, 'peers.json');
  writeFileSync(path, text);
  return { directory, path };
}

/** What is wrong with a file. */
function complaint(text: string): string {
  const { path } = file(text);
  try {
    readPeerRules(path);
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    expect(error).toMatchObject({ code: 'config', hint: expect.any(String) as string });
    return error.message.replace(`${path}: `, '');
  }
  return 'nothing';
}

describe('the file of rules for single peers', () => {
  it('finds anchors from its own directory, from the home directory, or anywhere', () => {
    const anchors = ['ca.pem', 'certs/', '~/old.pem', '/etc/ca.pem'];
    const { directory, path } = file(JSON.stringify({ acme: { anchors } }));
    expect(readPeerRules(path).get(acme)).toEqual({
      anchors: [
        ...[join(directory, 'ca.pem'), join(directory, 'certs')],
        ...[join(homedir(), 'old.pem'), '/etc/ca.pem'],
      ],
    });
  });

  it('says only what differs', () => {
    const rules = { acme: {}, 'globex.ch': { naming: 'dns:x.example', revocation: 'off' } };
    const { path } = file(JSON.stringify(rules));
    expect([...readPeerRules(path)]).toEqual([
      ['acme', {}],
      ['globex.ch', { naming: { kind: 'dns', template: 'x.example' }, revocation: 'off' }],
    ]);
  });

  it.each([
    ['', 'line 1, column 1: expected a value'],
    ['{"acme": {}', 'line 1, column 12: expected "," or "}"'],
    ['[]', 'it has to be an object of peers'],
    ['{"Acme": {}}', '"Acme" is no peer\'s name'],
    ['{"acme": "ca.pem"}', 'acme has to be an object'],
    ['{"acme": {"anchor": "ca.pem"}}', 'acme: no field "anchor"'],
    ['{"acme": {"anchors": []}}', 'acme: anchors has to be a path or a list of paths'],
    ['{"acme": {"anchors": ["a", 1]}}', 'acme: anchors has to be a path or a list of paths'],
    ['{"acme": {"naming": "cn:acme"}}', 'acme: not a naming policy: "cn:acme"'],
    ['{"acme": {"naming": 1}}', 'acme: not a naming policy: ""'],
    ['{"acme": {"revocation": "none"}}', /^acme: revocation has to be one of require, /],
  ])('is refused with a reason: %s', (text, expected) => {
    expect(complaint(text)).toMatch(expected);
  });

  it('has to be there', () => {
    expect(() => readPeerRules('/nowhere/peers.json')).toThrow('cannot read /nowhere/peers.json');
  });
});
