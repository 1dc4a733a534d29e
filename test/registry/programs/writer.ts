import { parsePeerName } from '../../../src/domain/peer-name.js';
import { parseAddress } from '../../../src/registry/address.js';
import { openDirectoryWriter } from '../../../src/registry/ethers.js';

/** Registers the peers named by its further arguments, one after another. */
const [url = '', address = '', privateKey = '', lockDirectory = '', ...names] =
  process.argv.slice(2);
const writer = await openDirectoryWriter({
  rpc: { urls: [url] },
  chainId: 31_337n,
  address: parseAddress(address),
  account: { kind: 'key', privateKey },
  lockDirectory,
  pollInterval: 20,
});
for (const name of names) await writer.register(parsePeerName(name));
