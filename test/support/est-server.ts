import { createHash, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { writePem } from '../../src/asn1/pem.js';
import { generateKey, type KeyType } from '../../src/identity/software-key.js';
import type { Authority, CertificateTerms } from '../../src/sandbox/authority.js';
import { findExtension, type Certificate } from '../../src/x509/certificate.js';
import { EXTENSION, PURPOSE } from '../../src/x509/oids.js';
import { parseCertificate } from '../../src/x509/parse.js';
import { certificateToPem } from '../../src/x509/pem.js';
import { parseRequest } from '../../src/x509/request.js';
import { readExtendedKeyUsage } from '../../src/x509/extension-values.js';
import { openssl } from './openssl.js';

/** How a server is to be. */
export interface EstServerOptions {
  readonly authority: Authority;
  /** Certifies the server itself; the same authority where absent. */
  readonly tlsAuthority?: Authority;
  readonly serverKey?: KeyType;
  readonly serverName?: string;
  readonly users?: Readonly<Record<string, string>>;
  /** Whether somebody has to approve each request. */
  readonly manual?: boolean;
  readonly retryAfter?: string;
  readonly terms?: CertificateTerms;
}

/** What a request was like. */
export interface EstLogEntry {
  readonly operation: string;
  readonly user: string | undefined;
  /** Subject of the client certificate that was believed. */
  readonly client: string | undefined;
  readonly sent: string;
}

/** Answers in place of the server, or with `undefined` leaves it to it. */
export type Sabotage = (request: { readonly operation: string; readonly body: string }) =>
  | {
      readonly status?: number;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  | 'hang up'
  | undefined;

/**
 * A small EST server (RFC 7030) for tests: what strongSwan's client enrols with, too. PKCS#7 is written
 * by OpenSSL, so that the client under test is not read by its own author's writer.
 */
export class EstServer {
  readonly #options: EstServerOptions;
  readonly #server: Server;
  readonly #approved = new Set<string>();
  readonly log: EstLogEntry[] = [];
  readonly issued: Certificate[] = [];
  csrAttributes: Buffer | undefined;
  sabotage: Sabotage = () => undefined;
  manual: boolean;

  private constructor(options: EstServerOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    this.manual = options.manual ?? false;
  }

  static async start(options: EstServerOptions): Promise<EstServer> {
    const { authority, tlsAuthority = authority, serverKey = 'p256' } = options;
    const key = generateKey(serverKey);
    const certificate = await tlsAuthority.issue({
      subject: 'CN=est.example',
      spki: key.spki,
      use: 'tls-server',
      names: [
        { type: 'dns', value: options.serverName ?? 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ],
    });
    const pem = [certificate, ...tlsAuthority.chain].map(certificateToPem).join('');
    const server = createServer({
      cert: pem,
      key: writePem('PRIVATE KEY', key.privateKey.export({ format: 'der', type: 'pkcs8' })),
      ca: [...authority.chain, authority.root].map(certificateToPem).join(''),
      requestCert: true,
      rejectUnauthorized: false,
    });
    const est = new EstServer(options, server);
    server.on('request', (request, response) => {
      est.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return est;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://localhost:${this.port}`;
  }

  /** Lets a person approve everything that waits. */
  approveAll(): void {
    for (const { operation, sent } of this.log) {
      if (operation.startsWith('simple')) this.#approved.add(digestOf(sent));
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const operation = /^\/\.well-known\/est\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '';
    const [user, client] = [this.#userOf(request), clientOf(request)];
    this.log.push({ operation, user, client: client?.subject, sent: body });
    const spoiled = this.sabotage({ operation, body });
    if (spoiled === 'hang up') {
      request.socket.destroy();
    } else if (spoiled !== undefined) {
      const type = spoiled.type === undefined ? {} : { 'content-type': spoiled.type };
      response.writeHead(spoiled.status ?? 200, { ...type, ...spoiled.headers }).end(spoiled.body);
    } else if (operation === 'cacerts' && request.method === 'GET') {
      const { chain, root } = this.#options.authority;
      answer(response, PKCS7, certsOnly([...chain, root]));
    } else if (operation === 'csrattrs' && request.method === 'GET') {
      if (this.csrAttributes === undefined) response.writeHead(204).end();
      else answer(response, 'application/csrattrs', this.csrAttributes);
    } else if (operation === 'simpleenroll' && request.method === 'POST') {
      if (user === undefined && client === undefined) unauthorised(response);
      else await this.#issue(body, request, response);
    } else if (operation === 'simplereenroll' && request.method === 'POST') {
      if (client === undefined) unauthorised(response);
      else if (!isSameHolder(client, derOf(body))) plain(response, 400, 'other names');
      else await this.#issue(body, request, response);
    } else {
      response.writeHead(404).end();
    }
  }

  async #issue(body: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers['content-type'] !== 'application/pkcs10') {
      plain(response, 415, 'not a PKCS#10 request');
    } else if (this.manual && !this.#approved.has(digestOf(body))) {
      const retry = this.#options.retryAfter ?? '1';
      response.writeHead(202, { 'retry-after': retry }).end();
    } else {
      const certificate = await this.certify(derOf(body));
      answer(response, `${PKCS7}; smime-type=certs-only`, certsOnly([certificate]));
    }
  }

  /** Issues a certificate for a request as it asks; for messages and TLS where it does not say. */
  async certify(request: Uint8Array): Promise<Certificate> {
    const { extensions } = parseRequest(request);
    const usage = findExtension({ extensions }, EXTENSION.extKeyUsage);
    const wanted = usage === undefined ? new Set() : readExtendedKeyUsage(usage.value);
    const both = ['emailProtection', 'clientAuth'] as const;
    const asked = both.filter((one) => wanted.has(PURPOSE[one]));
    const terms = { purposes: asked.length === 0 ? both : asked };
    const { authority } = this.#options;
    const certificate = await authority.issueFor(request, { ...terms, ...this.#options.terms });
    this.issued.push(certificate);
    return certificate;
  }

  #userOf({ headers }: IncomingMessage): string | undefined {
    const encoded = /^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    const [, user = '', password] = /^([^:]*):(.*)$/.exec(decode(encoded)) ?? [];
    return password !== undefined && this.#options.users?.[user] === password ? user : undefined;
  }
}

const PKCS7 = 'application/pkcs7-mime';

/** A certs-only message, written by OpenSSL; DER. */
export function certsOnly(certificates: readonly Certificate[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'est-'));
  try {
    const file = join(directory, 'certificates.pem');
    writeFileSync(file, certificates.map(certificateToPem).join(''));
    const args = ['crl2pkcs7', '-nocrl', '-certfile', file, '-outform', 'DER'];
    const { status, stdout, stderr } = openssl(args);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function answer(response: ServerResponse, type: string, der: Buffer): void {
  const body = der.toString('base64');
  const headers = {
    'content-type': type,
    'content-transfer-encoding': 'base64',
    'content-length': body.length,
  };
  response.writeHead(200, headers).end(body);
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

function unauthorised(response: ServerResponse): void {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="est"' }).end();
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function derOf(body: string): Buffer {
  return Buffer.from(body, 'base64');
}

function digestOf(body: string): string {
  return createHash('sha256').update(derOf(body)).digest('hex');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

/** The client certificate, where TLS has proven it and it leads to the authority. */
function clientOf({ socket }: IncomingMessage): X509Certificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate();
}

/** RFC 7030, section 4.2.2: subject and subjectAltName have to be those of the old certificate. */
function isSameHolder(client: X509Certificate, request: Uint8Array): boolean {
  const old = parseCertificate(client.raw);
  const { subject, extensions } = parseRequest(request);
  const [before, after] = [old, { extensions }].map((one) =>
    findExtension(one, EXTENSION.subjectAltName),
  );
  return (
    Buffer.from(old.subject).equals(subject) &&
    Buffer.from(before?.value ?? '').equals(after?.value ?? Buffer.alloc(0))
  );
}
