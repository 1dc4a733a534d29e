import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readPem } from '../../src/asn1/pem.js';
import { exportPkcs12 } from '../../src/identity/export.js';
import { formsOf } from '../../src/domain/redact.js';
import { msg } from '../support/msg.js';
import { makePeer, type TestPeer } from '../support/pki.js';
import { newHome, type Home } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Everything that must never be seen; with characters that JSON, URLs and shells spell otherwise. */
const SECRETS = {
  key: 'kEy "passphrase" \\ né 1',
  newKey: "nEw'key %passphrase% 2",
  file: 'fIle{passphrase}, 3',
  export: 'eXport$passphrase 4',
  account: 'aCcount <passphrase> 5',
  newAccount: 'nEw account/passphrase 6',
  broker: 'bRoker=password&7',
  chain: 'Basic Y2hhaW46cDQ1NXcwcmQtOA==',
  accountKey: '0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318',
  besides: 'what stands beside the passphrase 9',
} as const;

type Name = keyof typeof SECRETS;

let peer: TestPeer;

beforeAll(async () => {
  peer = await makePeer('acme');
});

/** A text in which a secret must not stand in any form. */
function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  return secrets.filter((secret) => {
    const hex = Buffer.from(secret).toString('hex');
    return [...formsOf(secret), hex].some((form) => text.includes(form));
  });
}

/** The digits of a private key as they would stand in DER, hexadecimal, PEM or a JWK. */
function keyForms({ key }: TestPeer): readonly string[] {
  const jwk = key.privateKey.export({ format: 'jwk' });
  const scalar = Buffer.from(jwk.d ?? '', 'base64url');
  return [
    jwk.d ?? '',
    scalar.toString('hex'),
    scalar.toString('base64'),
    scalar.toString('latin1'),
  ];
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A chain node that repeats the credentials it got in everything it says. */
async function indiscreetNode(): Promise<string> {
  const server = createServer((request, response) => {
    const seen = request.headers.authorization ?? 'nothing';
    if (request.url === '/status') {
      response.writeHead(401, `no ${encodeURIComponent(seen)}`, { 'x-seen': seen }).end(seen);
      return;
    }
    const error = { code: -32_000, message: `cannot use ${seen}`, data: { seen } };
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, error }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** Where each secret lies, outside of the home that is searched afterwards. */
function vaultOf(): Readonly<Record<Name, string>> {
  const directory = temporaryDirectory();
  const path = (name: string): string => join(directory, name);
  for (const [name, secret] of Object.entries(SECRETS)) {
    writeFileSync(path(name), `${secret}\n${SECRETS.besides}\n`, { mode: 0o600 });
  }
  const names = Object.keys(SECRETS) as Name[];
  return Object.fromEntries(
    names.map((name) => {
      // A command that talks too much, and prints more than the secret, as password managers do.
      const talk = `sed 's/^/opened the vault: /' ${path(name)} >&2`;
      return [name, `cmd:${talk}; cat ${path(name)}`];
    }),
  ) as Record<Name, string>;
}

interface Stage {
  readonly home: Home;
  readonly vault: Readonly<Record<Name, string>>;
  /** Everything that was said so far. */
  readonly said: string[];
  /** Runs a command as loud as it gets, in text and as JSON. */
  readonly run: (args: readonly string[], code?: number) => Promise<void>;
}

async function stage(): Promise<Stage> {
  const home = newHome({ MSG_DEBUG: '*' });
  const vault = vaultOf();
  const url = await indiscreetNode();
  home.profile({
    peer: 'acme',
    ...{ 'key.passphrase': vault.key, 'account.passphrase': vault.account },
    ...{ transport: 'kafka://127.0.0.1:1', 'transport.sasl': 'plain' },
    ...{ 'transport.username': 'acme', 'transport.password': vault.broker },
    ...{ 'chain.url': `${url}/status,${url}/rpc`, 'chain.id': '31337', 'chain.auth': vault.chain },
    ...{ directory: `0x${'11'.repeat(20)}`, 'trust.anchors': home.put('ca.pem', peer.rootPem) },
    'transport.give-up-after': '1s',
  });
  const said: string[] = [];
  return {
    ...{ home, vault, said },
    async run(args, code) {
      for (const form of [[], ['--format', 'json']]) {
        const outcome = await home.run(['-vv', ...form, ...args]);
        said.push(outcome.stdout, outcome.stderr);
        const shown = `msg ${args.join(' ')}: ${outcome.stderr}`;
        if (code === undefined) expect([0, 2, 3, 4, 5, 75], shown).toContain(outcome.code);
        else expect(outcome.code, shown).toBe(code);
        // What is a bug to msg prints a cause that nobody has looked at.
        expect(outcome.stderr).not.toContain('unexpected failure');
      }
    },
  };
}

function expectNothingLeaked({ home, said }: Stage, more: readonly string[] = []): void {
  const secrets = [...Object.values(SECRETS), SECRETS.accountKey.slice(2), ...more];
  expect(leaksIn(said.join('\n'), secrets)).toEqual([]);
  for (const file of filesBelow(home.path)) {
    expect([file, leaksIn(readFileSync(file, 'latin1'), secrets)]).toEqual([file, []]);
    expect([file, leaksIn(readFileSync(file, 'utf8'), secrets)]).toEqual([file, []]);
  }
}

describe('no secret is said, and none lies in a file', () => {
  it('by what makes, shows, exports and protects keys', async () => {
    const one = await stage();
    const { home, vault, run } = one;
    const p12 = await exportPkcs12({
      ...{ certificate: peer.certificate, privateKey: peer.key.privateKey },
      ...{ passphrase: SECRETS.file, random: (length) => Buffer.alloc(length, 7) },
    });
    const file = home.put('acme.p12', p12);
    await run(['identity', 'import', file, '--passphrase', vault.file, '--label', 'one'], 0);
    await run(['identity', 'import', file, '--passphrase', vault.export, '--label', 'x'], 4);
    await run(['identity', 'import', file, '--passphrase', SECRETS.file], 2);
    await run(['identity', 'show', 'one'], 0);
    await run(['--key-passphrase', vault.export, 'identity', 'create', '--label', 'two'], 4);
    await run(['--key-passphrase', SECRETS.key, 'identity', 'create', '--label', 'two'], 2);
    const out = ['-o', join(home.path, 'out.p12'), '--force'];
    const exported = ['identity', 'export', 'one', '--key', '--as', 'pkcs12', ...out];
    await run([...exported, '--export-passphrase', vault.export], 0);
    await run([...exported, '--export-passphrase', SECRETS.export], 2);
    const change = ['identity', 'passphrase', '--new-passphrase'];
    await run([...change, SECRETS.newKey], 2);
    await home.ok([...change, vault.newKey]);
    await run(['identity', 'export', 'one', '--key', ...out, '--export-passphrase', vault.export]);
    await run(['profile', 'set', 'key.passphrase', SECRETS.newKey], 2);
    await run(['profile', 'show'], 0);
    await run(['profile', 'validate']);
    expectNothingLeaked(one, keyForms(peer));
  });

  it('by what makes, shows and protects the account', async () => {
    const one = await stage();
    const { home, vault, run } = one;
    const file = join(home.path, 'data/prod/account.json');
    await run(['account', 'import', '--private-key', SECRETS.accountKey], 2);
    await run(['account', 'import', '--private-key', vault.export], 4);
    await home.ok(['account', 'import', '--private-key', vault.accountKey]);
    await run(['account', 'show'], 0);
    await run(['account', 'passphrase', '--new-passphrase', SECRETS.newAccount], 2);
    await home.ok(['account', 'passphrase', '--new-passphrase', vault.newAccount]);
    await run(['account', 'passphrase', '--new-passphrase', vault.newAccount], 4);
    writeFileSync(file, `${SECRETS.accountKey}\n`, { mode: 0o600 });
    await run(['account', 'passphrase', '--new-passphrase', vault.newAccount], 4);
    await run(['account', 'show'], 4);
    await run(['register'], 4);
    writeFileSync(file, '');
    await run(['--account', `key:${vault.accountKey}`, 'account', 'show'], 0);
    await run(['--account', `key:${vault.export}`, 'account', 'show'], 4);
    await run(['--account', `key:${SECRETS.accountKey}`, 'account', 'show'], 2);
    expectNothingLeaked(one);
  });

  it('by what talks to brokers and chain nodes that repeat what they hear', async () => {
    const one = await stage();
    const { home, vault, said, run } = one;
    await home.ok(['--key-passphrase', vault.key, 'identity', 'import', '-', '--label', 'one'], {
      stdin: peer.certificatePem + peer.keyPem,
    });
    const document = home.put('document', 'text');
    await run(['peer', 'list', '--refresh']);
    await run(['registry', 'info']);
    await run(['send', 'globex', document]);
    await run(['--account', `key:${vault.accountKey}`, 'register']);
    await run(['--transport-password', SECRETS.broker, 'inbox', 'lag'], 2);
    await run(['inbox', 'lag'], 75);
    const listening = ['-vv', '--format', 'json', '--inbox', 'in', 'listen', '--until-empty'];
    const listened = await msg(listening, { home: home.path, env: { MSG_DEBUG: '*' } });
    said.push(listened.stdout, listened.stderr);
    expect(listened.code).toBe(75);
    await run(['--chain-auth', SECRETS.chain, 'peer', 'list'], 2);
    // The node did repeat them, and the commands did talk.
    expect(said.join('')).toMatch(/cannot use \*\*\*/);
    expect(said.join('')).toMatch(/opened the vault: \*\*\*/);
    expectNothingLeaked(one, keyForms(peer));
  });
});

describe('no secret is on a command line', () => {
  it('of msg or of what it starts', async () => {
    const vault = vaultOf();
    const home = temporaryDirectory();
    const seen = join(temporaryDirectory(), 'processes');
    const look = `ps -ww -eo args >> ${seen}`;
    const env = {
      MSG_PEER: 'acme',
      MSG_KEY_PASSPHRASE: vault.key.replace(/^cmd:/, `cmd:${look}; `),
    };
    mkdirSync(join(home, 'data'), { recursive: true });
    const { code, stderr } = await msg(['-vv', 'identity', 'create', '--label', 'one'], {
      home,
      env,
    });
    expect([code, leaksIn(stderr, Object.values(SECRETS))]).toEqual([0, []]);
    const processes = readFileSync(seen, 'utf8');
    expect(processes).toContain('identity create --label one');
    expect(leaksIn(processes, Object.values(SECRETS))).toEqual([]);
    const [key] = readPem(readFileSync(join(home, 'data/default/keys/one/key.pem'), 'latin1'));
    expect(key?.label).toBe('ENCRYPTED PRIVATE KEY');
  });
});
