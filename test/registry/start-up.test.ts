import { build } from 'esbuild';
import type { Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** Everything that is loaded with a module before anybody asks for more. */
async function loadedWith(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, outdir: 'unused' },
    ...{ platform: 'node', format: 'esm', external: ['libsql'], logLevel: 'silent' },
  });
  const found = new Set<string>();
  follow(entry, metafile, found);
  return [...found];
}

function follow(path: string, metafile: Metafile, found: Set<string>): void {
  if (found.has(path)) return;
  found.add(path);
  for (const { path: next, kind } of metafile.inputs[path]?.imports ?? []) {
    if (kind !== 'dynamic-import') follow(next, metafile, found);
  }
}

describe('opening the address book', () => {
  it('loads nothing that only a look at the chain needs', async () => {
    const loaded = await loadedWith('src/registry/address-book.ts');
    expect(loaded).toContain('src/registry/cache.ts');
    for (const name of ['ethers', '@noble', 'artifact.json', 'rpc.ts', 'sync.ts', 'codec.ts']) {
      expect(loaded.filter((path) => path.includes(name))).toEqual([]);
    }
  });

  it('and looking at the chain loads no ethers', async () => {
    const loaded = await loadedWith('src/registry/look-at-chain.ts');
    expect(loaded).toContain('src/registry/codec.ts');
    expect(loaded.filter((path) => path.includes('ethers'))).toEqual([]);
  });
});
