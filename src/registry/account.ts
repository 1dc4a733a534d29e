export { addressOfKeystore, createAccount, encryptKey } from './ethers/signer.js';
export type { NewAccount } from './ethers/signer.js';
