import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { itemsOfManifest } from '../../src/commands/batch-manifest.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const ID = '01976d0c-3c00-7abc-8def-0123456789ab';

function manifest(name: string, text: string): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, text);
  return path;
}

const SAME = {
  'CSV with a heading, blanks and empty cells': [
    'list.csv',
    '\uFEFFpath,peers,type,id\n"a, b.pdf","acme; globex",invoice,\n\nb.json , acme,, ' + ID + '\n',
  ],
  'a JSON array': [
    'list.json',
    JSON.stringify([
      { path: 'a, b.pdf', peers: ['acme', 'globex'], type: 'invoice' },
      { path: 'b.json', peers: 'acme', id: ID },
    ]),
  ],
  'one JSON object a line': [
    'list.ndjson',
    `{"path":"a, b.pdf","peers":"acme globex","type":"invoice"}\n\n{"path":"b.json","peers":["acme"],"id":"${ID}"}\n`,
  ],
} as const;

describe('a manifest', () => {
  it.each(Object.entries(SAME))('may be %s', async (_, [name, text]) => {
    const items = await itemsOfManifest(manifest(name, text), {});
    expect(items.map(({ path, request }) => ({ path, ...request }))).toEqual([
      {
        path: 'a, b.pdf',
        to: ['acme', 'globex'],
        ...{ name: 'a, b.pdf', contentType: 'application/pdf', type: 'invoice' },
      },
      {
        path: 'b.json',
        ...{ to: ['acme'], name: 'b.json', contentType: 'application/json', id: ID },
      },
    ]);
  });

  it('has its paths start at its own directory', async () => {
    const path = manifest('list.json', '[{"path":"sub/a.pdf","peers":"acme"}]');
    const [item] = await itemsOfManifest(path, {});
    expect(item?.file).toBe(join(path, '..', 'sub/a.pdf'));
    expect(item?.request.name).toBe('a.pdf');
  });

  it('takes from the command line what it does not say itself', async () => {
    const path = manifest('list.json', '[{"path":"a"},{"path":"b","peers":"globex","type":"x"}]');
    const items = await itemsOfManifest(path, { to: ['acme'], type: 'invoice', expires: '1h' });
    expect(items.map(({ request: { to, type, expiresIn } }) => [to, type, expiresIn])).toEqual([
      [['acme'], 'invoice', 3_600_000],
      [['globex'], 'x', 3_600_000],
    ]);
  });

  it.each([
    ['a peer that is no name', '[{"path":"a","peers":"Not A Name!"}]', 'item 1 is wrong'],
    ['no peers', '[{"path":"a"}]', 'item 1 has no peers'],
    ['no path', '[{"path":"a","peers":"acme"},{"peers":"acme"}]', 'item 2 has no path'],
    ['a misspelt field', '[{"path":"a","peers":"acme","typ":"x"}]', 'unknown field "typ"'],
    ['an id that is none', '[{"path":"a","peers":"acme","id":"7"}]', 'item 1 is wrong'],
    ['a number for a text', '[{"path":"a","peers":"acme","type":7}]', 'a type that is no text'],
    ['an expiry that is none', '[{"path":"a","peers":"acme","expires":"soon"}]', 'item 1'],
    ['no object', '["a"]', 'item 1 is no object'],
    ['a line that is cut', '{"path":"a","peers":"acme"}\n{"path":', 'line 2 of the manifest'],
  ])('with %s is refused as a whole, and it says where', async (_, text, where) => {
    const refused = itemsOfManifest(manifest('list.json', text), {});
    await expect(refused).rejects.toMatchObject({ exitCode: 2 });
    await expect(refused).rejects.toThrow(where);
  });

  it('with the same id twice is refused', async () => {
    const item = { path: 'a', peers: 'acme', id: ID };
    const path = manifest('list.json', JSON.stringify([item, { ...item, path: 'b' }]));
    await expect(itemsOfManifest(path, {})).rejects.toThrow(`uses the id ${ID} twice`);
  });

  it.each([
    ['a row that is too short', 'path,peers\na\n'],
    ['a quote that is not closed', 'path,peers\n"a,acme\n'],
  ])('in CSV with %s is refused', async (_, text) => {
    await expect(itemsOfManifest(manifest('list.csv', text), {})).rejects.toMatchObject({
      code: 'usage',
    });
  });
});
