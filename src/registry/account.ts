import { openSigner } from './ethers/signer.js';
import type { Address } from './port.js';
import type { AccountSource } from './writer-port.js';

export {
  addressOfKeystore,
  createAccount,
  encryptKey,
  reencryptKeystore,
} from './ethers/signer.js';
export type { NewAccount } from './ethers/signer.js';

/**
 * The address of an account, from its key.
 *
 * @throws MsgError `passphrase` or `account`
 */
export async function addressOfAccount(source: AccountSource): Promise<Address> {
  return (await openSigner(source)).address;
}
