import { once } from 'node:events';
import { createServer } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey } from '../../src/identity/software-key.js';
import { RpcClient } from '../../src/registry/rpc.js';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { makeAuthority } from '../support/pki.js';

interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

async function pairFor(authority: Authority, use: 'tls-server' | 'tls-client'): Promise<KeyPair> {
  const key = generateKey('p256');
  const certificate = await authority.issue({
    ...{ subject: 'CN=node,O=Test', spki: key.spki, use },
    names: [{ type: 'ip', value: '127.0.0.1' }],
  });
  const pkcs8 = key.privateKey.export({ format: 'der', type: 'pkcs8' });
  return { certificate: certificateToPem(certificate), key: writePem('PRIVATE KEY', pkcs8) };
}

/** A TLS server that wants a client certificate and answers as a chain node. */
async function tlsNode(authority: Authority, ca: string): Promise<string> {
  const { certificate: cert, key } = await pairFor(authority, 'tls-server');
  const server = createServer({ cert, key, ca, requestCert: true }, (_, response) => {
    response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe('a node behind TLS', () => {
  it('is known by a private authority and knows its client by a certificate', async () => {
    const authority = await makeAuthority();
    const ca = certificateToPem(authority.root);
    const url = await tlsNode(authority, ca);
    const tls = { ca, ...(await pairFor(authority, 'tls-client')) };
    expect(await new RpcClient({ urls: [url], tls }).call('eth_chainId', [])).toBe('0x1');
  });

  it.each(['no authority', 'another authority', 'no client certificate'])(
    'is not spoken to with %s',
    async (lack) => {
      const authority = await makeAuthority();
      const ca = certificateToPem(authority.root);
      const url = await tlsNode(authority, ca);
      const client = await pairFor(authority, 'tls-client');
      const tls =
        lack === 'no authority'
          ? client
          : lack === 'another authority'
            ? { ca: certificateToPem((await makeAuthority()).root), ...client }
            : { ca };
      await expect(
        new RpcClient({ urls: [url], tls }).call('eth_chainId', []),
      ).rejects.toMatchObject({ code: 'chain-unreachable' });
    },
  );
});
