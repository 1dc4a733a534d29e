/** One lookup in a process of its own: `lookup WAY URL ADDRESS CACHE NAME`. */
const [way = '', url = '', address = '', cache = '', name = ''] = process.argv.slice(2);

if (way === 'ethers') {
  const { Contract, JsonRpcProvider } = await import('ethers');
  const { loadArtifact } = await import('../../src/registry/artifact.js');
  const { abi } = await loadArtifact();
  const provider = new JsonRpcProvider(url, 31_337, { staticNetwork: true });
  const directory = new Contract(address, JSON.stringify(abi), provider);
  await directory.getFunction('lookup')(name);
  provider.destroy();
} else if (way !== 'nothing') {
  const { openAddressBook } = await import('../../src/registry/address-book.js');
  const { parsePeerName } = await import('../../src/domain/peer-name.js');
  const book = openAddressBook({
    path: cache,
    chainId: 31_337n,
    address: address as `0x${string}`,
    rpc: { urls: [url] },
    clock: Date.now,
  });
  const maxAge = way === 'cached' ? Infinity : 0;
  const found = await book.find(parsePeerName(name), { maxAge, maxStale: Infinity });
  if (found === undefined) throw new Error(`no peer ${name}`);
  book.close();
}
