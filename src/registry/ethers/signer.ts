import { scrypt as nodeScrypt } from 'node:crypto';
import { scrypt, Transaction, Wallet } from 'ethers';
import type { RandomSource } from '../../domain/environment.js';
import { MsgError } from '../../errors.js';
import { parseAddress } from '../address.js';
import { quantity } from '../chain-node.js';
import type { Address } from '../port.js';
import { RpcClient } from '../rpc.js';
import type { AccountSource } from '../writer-port.js';

/** A transaction with everything decided. */
export interface PreparedTransaction {
  readonly chainId: bigint;
  readonly from: Address;
  /** Undefined to make a contract. */
  readonly to: Address | undefined;
  readonly data: string;
  readonly nonce: number;
  readonly gasLimit: bigint;
  readonly fee: TransactionFee;
}

/** What a transaction pays for gas, in wei: EIP-1559 (type 2) or one gas price (type 0). */
export type TransactionFee =
  | { readonly type: 2; readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly type: 0; readonly gasPrice: bigint };

/** Signs, here or elsewhere. */
export interface TransactionSigner {
  readonly address: Address;
  /** The signed bytes and their hash; undefined for a signer that sends by itself. */
  readonly sign: ((prepared: PreparedTransaction) => Promise<SignedTransaction>) | undefined;
  /** For a signer that sends by itself: hands the transaction over and gives its hash. */
  readonly submit: ((prepared: PreparedTransaction) => Promise<unknown>) | undefined;
}

/** A transaction that any node takes. */
export interface SignedTransaction {
  readonly raw: string;
  readonly hash: string;
}

/** A new account: its address and its key store. */
export interface NewAccount {
  readonly address: Address;
  /** V3 key store JSON. */
  readonly keystore: string;
}

/** scrypt's work factor N for new key stores; what geth and ethers use. */
const WORK_FACTOR = 131_072;

/**
 * Makes a signer.
 *
 * @throws MsgError `passphrase` when it does not open the key store, `account` when the key store or
 *   key is malformed.
 */
export async function openSigner(source: AccountSource): Promise<TransactionSigner> {
  if (source.kind === 'external') return externalSigner(source.address, new RpcClient(source.rpc));
  const wallet = source.kind === 'keystore' ? await decrypt(source) : walletOf(source.privateKey);
  return {
    address: parseAddress(wallet.address),
    sign: async (prepared) => {
      const raw = await wallet.signTransaction(fieldsOf(prepared));
      return { raw, hash: Transaction.from(raw).hash ?? '' };
    },
    submit: undefined,
  };
}

/** Makes an account and encrypts its key. */
export async function createAccount(random: RandomSource, passphrase: string): Promise<NewAccount> {
  const wallet = walletOf(`0x${Buffer.from(random(32)).toString('hex')}`);
  return encryptWallet(wallet, passphrase);
}

/**
 * Encrypts a private key that exists already.
 *
 * @throws MsgError `account` when it is no private key.
 */
export async function encryptKey(privateKey: string, passphrase: string): Promise<NewAccount> {
  return encryptWallet(walletOf(privateKey), passphrase);
}

/**
 * The address that a key store names, without opening it.
 *
 * @throws MsgError `account`
 */
export function addressOfKeystore(json: string): Address {
  try {
    const { address } = JSON.parse(json) as Record<string, unknown>;
    if (typeof address === 'string') return parseAddress(`0x${address.replace(/^0x/i, '')}`);
  } catch {
    // Whatever is wrong, it is no key store.
  }
  throw notAKeystore();
}

/**
 * Encrypts the key of a key store anew, under another passphrase.
 *
 * @throws MsgError `passphrase` when the old one does not open it, `account` when it is no key store.
 */
export async function reencryptKeystore(
  { json, passphrase }: { readonly json: string; readonly passphrase: string },
  newPassphrase: () => Promise<string>,
): Promise<NewAccount> {
  const wallet = await decrypt({ kind: 'keystore', json, passphrase });
  return encryptWallet(wallet, await newPassphrase());
}

async function encryptWallet(wallet: Wallet, passphrase: string): Promise<NewAccount> {
  useNodeScrypt();
  const { encryptKeystoreJson } = await import('ethers');
  const { address, privateKey } = wallet;
  const keystore = await encryptKeystoreJson({ address, privateKey }, passphrase, {
    scrypt: { N: WORK_FACTOR, r: 8, p: 1 },
  });
  return { address: parseAddress(address), keystore };
}

async function decrypt(source: AccountSource & { kind: 'keystore' }): Promise<Wallet> {
  useNodeScrypt();
  const { decryptKeystoreJson, isKeystoreJson } = await import('ethers');
  if (!isKeystoreJson(source.json)) throw notAKeystore();
  try {
    return walletOf((await decryptKeystoreJson(source.json, source.passphrase)).privateKey);
  } catch (error) {
    if (!isWrongPassphrase(error)) throw notAKeystore();
    throw new MsgError('passphrase', 'the passphrase does not open the key store of the account', {
      hint: 'check the passphrase of the account, not of the certificate key',
    });
  }
}

function isWrongPassphrase(error: unknown): boolean {
  return error instanceof Error && error.message.includes('incorrect password');
}

let usesNodeScrypt = false;

/** OpenSSL's scrypt takes half the time of ethers' own. */
function useNodeScrypt(): void {
  if (usesNodeScrypt) return;
  usesNodeScrypt = true;
  scrypt.register(
    (...[password, salt, N, r, p, length]) =>
      new Promise((resolve, reject) => {
        const limits = { N, r, p, maxmem: 256 * N * r };
        nodeScrypt(password, salt, length, limits, (error, key) => {
          if (error === null) resolve(`0x${key.toString('hex')}`);
          else reject(error);
        });
      }),
  );
}

function walletOf(privateKey: string): Wallet {
  try {
    return new Wallet(privateKey);
  } catch {
    // ethers' own error is not kept: it might repeat the key.
    throw new MsgError('account', 'the private key of the account is not one', {
      hint: 'a private key is 0x and 64 hexadecimal digits',
    });
  }
}

function notAKeystore(): MsgError {
  return new MsgError('account', 'the key store of the account is not a V3 key store', {
    hint: 'give the JSON file that geth, ethers or msg wrote for the account',
  });
}

function externalSigner(address: Address, rpc: RpcClient): TransactionSigner {
  return {
    address,
    sign: undefined,
    submit: (prepared) => rpc.call('eth_sendTransaction', [callFields(prepared)]),
  };
}

function fieldsOf({ to, data, chainId, nonce, gasLimit, fee }: PreparedTransaction): object {
  return { to: to ?? null, data, chainId, nonce, gasLimit, value: 0n, ...fee };
}

function callFields({ from, to, data, nonce, gasLimit, fee }: PreparedTransaction): object {
  const { type, ...prices } = fee;
  const hexPrices = Object.entries(prices).map(([key, value]) => [key, quantity(value)]);
  return {
    from,
    ...(to === undefined ? {} : { to }),
    ...{ data, nonce: quantity(nonce), gas: quantity(gasLimit), value: '0x0' },
    ...(type === 0 ? {} : { type: '0x2' }),
    ...(Object.fromEntries(hexPrices) as object),
  };
}
