import { MsgError } from '../errors.js';
import { parseSecretReference, type SecretReference } from './secret.js';
import { absolute, count, listOf, quote, settleSecret, type ValueType } from './value-type.js';

/** Which transport carries the messages. */
export type TransportAddress =
  | { readonly kind: 'embedded'; readonly path: string }
  | {
      readonly kind: 'kafka';
      readonly tls: boolean;
      /** `host:port`, in the order written. */
      readonly brokers: readonly string[];
    };

/** Who signs transactions on the chain. */
export type AccountAddress =
  | { readonly kind: 'keystore'; readonly path: string }
  | { readonly kind: 'external'; readonly url: string; readonly address: string }
  | { readonly kind: 'key'; readonly secret: SecretReference };

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?)$/;
const KAFKA_PORT = 9092;

/** `file:PATH`, `kafka://HOST[:PORT],...` or `kafkas://...` (TLS); the port is 9092 where left out. */
export const transportAddress: ValueType<TransportAddress> = {
  name: 'file:PATH | kafka://HOST:PORT,... | kafkas://HOST:PORT,...',
  choices: ['file:', 'kafka://', 'kafkas://'],
  settle: (text, base) =>
    /^file:(?!\/\/)./.test(text) ? `file:${absolute(text.slice(5).trim(), base)}` : text,
  parse(text) {
    const path = /^file:(\/(?!\/).*)$/.exec(text)?.[1];
    if (path !== undefined) return { kind: 'embedded', path };
    const kafka = /^kafka(s?):\/\/([^/?#@]+)\/?$/.exec(text);
    const brokers = listOf(kafka?.[2] ?? '').map(brokerOf);
    if (kafka === null || brokers.length === 0 || brokers.includes(undefined))
      throw noTransport(text);
    return {
      kind: 'kafka',
      tls: kafka[1] === 's',
      brokers: brokers.filter((one) => one !== undefined),
    };
  },
};

function brokerOf(text: string): string | undefined {
  const [, host = '', port = String(KAFKA_PORT)] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return HOST.test(host) && isPort(port) ? `${host}:${port}` : undefined;
}

function isPort(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 65_535;
}

function noTransport(text: string): MsgError {
  return new MsgError('usage', `not the address of a transport: ${quote(text)}`, {
    hint: 'write kafka://HOST:PORT,HOST:PORT, kafkas://HOST:PORT for TLS, or file:PATH for a log on this machine; credentials go into transport.username and transport.password',
  });
}

/** One or several `http` or `https` URLs, separated by commas, tried in their order. */
export const httpUrls: ValueType<readonly string[]> = {
  name: 'url,...',
  parse(text) {
    const urls = listOf(text).map(httpUrl);
    if (urls.length > 0) return urls;
    throw new MsgError('usage', 'no URL is given', {
      hint: 'write one or several with commas between them, such as https://node.example:8545',
    });
  },
};

function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new MsgError('usage', `not an http or https URL: ${quote(text)}`, {
    hint: 'write it in full, such as https://node.example:8545',
  });
}

/** Where EST services live on a server, with the label of an authority behind it or not. */
const EST_PATH = /^\/\.well-known\/est(?:\/[A-Za-z0-9._~-]+)?$/;

/**
 * An EST service (RFC 7030, section 3.2.2): `https://HOST`, or with its whole path where the server
 * has several authorities. Parsed to the service's URL, without a slash at its end.
 */
export const estAddress: ValueType<string> = {
  name: 'https://HOST:PORT | https://HOST:PORT/.well-known/est/LABEL',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const path = url?.pathname.replace(/\/+$/, '') ?? '';
    const isService = path === '' || EST_PATH.test(path);
    if (url?.protocol === 'https:' && isService && isBare(url)) {
      return `${url.origin}${path === '' ? '/.well-known/est' : path}`;
    }
    throw new MsgError('usage', `not the address of an EST service: ${quote(text)}`, {
      hint: 'write https://HOST, or https://HOST/.well-known/est/LABEL; credentials go into est.username and est.password',
    });
  },
};

function isBare({ username, password, search, hash }: URL): boolean {
  return [username, password, search, hash].every((part) => part === '');
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** `keystore:PATH`, `external:URL#ADDRESS` or `key:` and a reference to a raw private key. */
export const accountAddress: ValueType<AccountAddress> = {
  name: 'keystore:PATH | external:URL#ADDRESS | key:SECRET',
  choices: ['keystore:', 'external:', 'key:'],
  confidential: true,
  settle(text, base) {
    const [, kind = '', rest = ''] = /^(keystore|key):\s*(.+)$/.exec(text) ?? [];
    if (kind === 'keystore') return `keystore:${absolute(rest, base)}`;
    return kind === 'key' ? `key:${settleSecret(rest, base)}` : text;
  },
  parse(text) {
    const [, kind, rest = ''] = /^(keystore|external|key):(.+)$/.exec(text) ?? [];
    if (kind === 'keystore') return { kind, path: rest };
    if (kind === 'key') return { kind, secret: parseSecretReference(rest) };
    const [url = '', address = ''] = rest.split('#');
    if (kind === 'external' && ADDRESS.test(address)) return { kind, url: httpUrl(url), address };
    throw new MsgError('usage', 'not the address of an account', {
      hint: 'write keystore:PATH, external:URL#0xADDRESS for a remote signer, or key:file:PATH for a raw key',
    });
  },
};

/** The address of a contract, as written; its checksum (EIP-55) is for the chain's client to check. */
export const contractAddress: ValueType<string> = {
  name: 'address',
  parse(text) {
    if (ADDRESS.test(text)) return text;
    throw new MsgError('usage', `not a contract's address: ${quote(text)}`, {
      hint: 'an address is 0x and 40 hexadecimal digits',
    });
  },
};

/** A chain's id, decimal or with 0x (EIP-155). */
export const chainId: ValueType<bigint> = {
  name: 'number',
  parse(text) {
    if (/^(?:[1-9]\d{0,30}|0x[0-9a-fA-F]{1,25})$/.test(text)) return BigInt(text);
    throw new MsgError('usage', `not a chain id: ${quote(text)}`, {
      hint: 'a chain id is a whole number, such as 1337',
    });
  },
};

/** How many blocks make a change final: a number from 1, or what the chain itself calls finalized. */
export const confirmations: ValueType<number | 'finalized'> = {
  name: 'number | finalized',
  choices: ['finalized'],
  parse: (text) => (text === 'finalized' ? text : count.parse(text)),
};
