import { beforeAll, describe, expect, it } from 'vitest';
import { writePem } from '../../src/asn1/pem.js';
import {
  certificateFlags,
  clientCertificate,
  foreignAuthority,
} from '../support/client-certificate.js';
import { hasKafka, secureKafkaForTests, type SecureTestBroker } from '../support/kafka.js';
import type { ListenerName } from '../support/kafka-listeners.js';
import { msg, type Ended } from '../support/msg.js';
import { suiteDirectory } from '../support/suite-directory.js';

/** What a case gives to the program, and what it has to say. */
interface Case {
  readonly what: string;
  readonly flags: (parts: Parts) => string[];
  readonly code: number;
  readonly error: string;
  readonly hint: string;
}

interface Parts {
  readonly at: (listener: ListenerName | 'client', scheme?: string) => string[];
  /** The authority of the broker's certificate. */
  readonly ca: string[];
  readonly expiredCa: string[];
  readonly foreignCa: string[];
  readonly noPem: string[];
  readonly login: (mechanism: string, password?: string) => string[];
  readonly certificate: Readonly<
    Record<'good' | 'expired' | 'foreign' | 'encrypted' | 'mixed' | 'half', string[]>
  >;
  /** Where the passphrase of the encrypted key is, or is not. */
  readonly passphrase: (text: string) => string[];
}

const CASES: readonly Case[] = [
  {
    what: 'a wrong password',
    flags: ({ at, ca, login }) => [...at('client'), ...ca, ...login('scram-sha-512', 'wrong')],
    ...{ code: 4, error: 'refused the user name or the password', hint: 'msg profile show' },
  },
  {
    what: 'a wrong password in SASL PLAIN',
    flags: ({ at, ca, login }) => [...at('plainLogin'), ...ca, ...login('plain', 'wrong')],
    ...{ code: 4, error: 'refused the user name or the password', hint: 'msg profile show' },
  },
  {
    what: 'a mechanism that is not offered',
    flags: ({ at, ca, login }) => [...at('client'), ...ca, ...login('plain')],
    ...{ code: 4, error: 'does not offer this SASL mechanism', hint: 'transport.sasl' },
  },
  {
    what: 'no login where one is needed',
    flags: ({ at, ca }) => [...at('client'), ...ca],
    ...{ code: 4, error: 'had not logged in', hint: 'set transport.sasl' },
  },
  {
    what: 'a login where none is taken',
    flags: ({ at, login }) => [...at('open', 'kafka'), ...login('plain')],
    ...{ code: 2, error: 'takes no login', hint: 'unset transport.sasl' },
  },
  {
    what: 'no TLS on a port with TLS',
    flags: ({ at, login }) => [...at('client', 'kafka'), ...login('scram-sha-512')],
    ...{ code: 2, error: 'speaks TLS', hint: 'write kafkas://' },
  },
  {
    // A load balancer without a broker behind it looks the same, so a retry may help.
    what: 'TLS on a port without',
    flags: ({ at, ca }) => [...at('open'), ...ca],
    ...{ code: 75, error: 'in the middle of the TLS handshake', hint: 'write kafka://' },
  },
  {
    what: 'an authority that did not issue the broker’s certificate',
    flags: ({ at, foreignCa, login }) => [...at('client'), ...foreignCa, ...login('scram-sha-512')],
    ...{ code: 2, error: 'is not trusted', hint: 'set transport.ca' },
  },
  {
    what: 'a private authority that is not named at all',
    flags: ({ at, login }) => [...at('client'), ...login('scram-sha-512')],
    ...{ code: 2, error: 'is not trusted', hint: 'set transport.ca' },
  },
  {
    what: 'a CA file that holds no certificate',
    flags: ({ at, noPem }) => [...at('client'), ...noPem],
    ...{ code: 2, error: '(transport.ca) holds no certificate', hint: 'PEM' },
  },
  {
    what: 'a server certificate that has expired',
    flags: ({ at, expiredCa }) => [...at('expired'), ...expiredCa],
    ...{ code: 2, error: 'has expired', hint: "have the brokers' operator renew it" },
  },
  {
    what: 'a client certificate that has expired',
    flags: ({ at, ca, certificate }) => [...at('clientCertificate'), ...ca, ...certificate.expired],
    ...{ code: 4, error: 'the client certificate (transport.cert) expired at', hint: 'renewed' },
  },
  {
    what: 'a client certificate of an unknown authority',
    flags: ({ at, ca, certificate }) => [...at('clientCertificate'), ...ca, ...certificate.foreign],
    ...{ code: 4, error: 'refused the client certificate', hint: 'transport.cert' },
  },
  {
    what: 'no client certificate where one is needed',
    flags: ({ at, ca }) => [...at('clientCertificate'), ...ca],
    ...{ code: 4, error: 'asks for a client certificate', hint: 'set transport.cert' },
  },
  {
    what: 'a client certificate with another one’s key',
    flags: ({ at, ca, certificate }) => [...at('clientCertificate'), ...ca, ...certificate.mixed],
    ...{ code: 2, error: 'is not the key of the certificate', hint: 'belong together' },
  },
  {
    what: 'a client certificate without a key',
    flags: ({ at, ca, certificate }) => [...at('clientCertificate'), ...ca, ...certificate.half],
    ...{ code: 2, error: 'transport.key is not', hint: 'needs both' },
  },
  {
    what: 'an encrypted key without its passphrase',
    flags: ({ at, ca, certificate }) => [
      ...at('clientCertificate'),
      ...ca,
      ...certificate.encrypted,
    ],
    ...{ code: 4, error: 'is encrypted', hint: 'transport.key-passphrase' },
  },
  {
    what: 'an encrypted key with a wrong passphrase',
    flags: ({ at, ca, certificate, passphrase }) => [
      ...at('clientCertificate'),
      ...ca,
      ...certificate.encrypted,
      ...passphrase('battery staple'),
    ],
    ...{ code: 4, error: 'the passphrase does not open', hint: 'transport.key-passphrase' },
  },
  {
    what: 'a host that there is not',
    flags: () => ['--transport', 'kafka://no-such-host.invalid'],
    ...{ code: 75, error: 'no-such-host.invalid:9092 (ENOTFOUND)', hint: 'check its spelling' },
  },
  {
    what: 'a port that nobody listens on',
    flags: () => ['--transport', 'kafka://127.0.0.1:1'],
    ...{ code: 75, error: '127.0.0.1:1 (ECONNREFUSED)', hint: 'that the broker runs' },
  },
  {
    what: 'an inbox that one may not look at',
    flags: ({ at, ca, login }) => [...at('client'), ...ca, ...login('scram-sha-512')],
    ...{ code: 4, error: 'does not let User:acme use topic', hint: 'msg inbox grant User:acme' },
  },
  {
    what: 'an inbox that one may not look at, to a client known by its certificate',
    flags: ({ at, ca, certificate }) => [...at('clientCertificate'), ...ca, ...certificate.good],
    ...{
      ...{ code: 4, error: 'does not let User:CN=acme,O=Members use topic' },
      hint: "msg inbox grant 'User:CN=acme,O=Members'",
    },
  },
  {
    what: 'a topic that there is not',
    flags: ({ at, ca, login }) => [
      ...at('client'),
      ...ca,
      ...login('scram-sha-512', 'admin-secret'),
      ...['--transport-username', 'admin'],
    ],
    ...{ code: 2, error: 'no such topic', hint: 'msg inbox create' },
  },
];

describe.runIf(hasKafka)('what the program says when the brokers do not let it in', () => {
  const files = suiteDirectory();
  let broker: SecureTestBroker;
  let parts: Parts;

  beforeAll(async () => {
    broker = await secureKafkaForTests();
    const [good, expired, foreign, encrypted] = await Promise.all([
      clientCertificate(broker, { subject: 'CN=acme,O=Members' }),
      clientCertificate(broker, { subject: 'CN=acme,O=Members', isExpired: true }),
      clientCertificate(broker, { subject: 'CN=acme', authority: await foreignAuthority() }),
      clientCertificate(broker, { subject: 'CN=acme', passphrase: 'correct horse' }),
    ]);
    const flagsOf = (name: string, one: typeof good) => certificateFlags(one, files.path, name);
    const caFlags = (name: string, pem: string) => ['--transport-ca', files.put(name, pem)];
    const other = writePem('CERTIFICATE', (await foreignAuthority()).root.der);
    parts = {
      at: (listener, scheme = 'kafkas') => [
        '--transport',
        listener === 'client'
          ? `${scheme}://${broker.bootstrap}`
          : `${scheme}://127.0.0.1:${broker.ports[listener]}`,
      ],
      ca: caFlags('ca.pem', broker.caCertificatePem ?? ''),
      expiredCa: caFlags('expired-ca.pem', broker.expiredAnchor),
      foreignCa: caFlags('foreign-ca.pem', other),
      noPem: caFlags('no.pem', 'not a certificate\n'),
      login: (mechanism, password = 'acme-secret') => [
        ...['--transport-sasl', mechanism, '--transport-username', 'acme'],
        ...['--transport-password', `file:${files.put(`password-${password}`, password)}`],
      ],
      certificate: {
        good: flagsOf('good', good),
        expired: flagsOf('expired', expired),
        foreign: flagsOf('foreign', foreign),
        encrypted: flagsOf('encrypted', encrypted),
        mixed: flagsOf('mixed', { cert: good.cert, key: foreign.key }),
        half: flagsOf('half', good).slice(0, 2),
      },
      passphrase: (text) => ['--transport-key-passphrase', `file:${files.put('passphrase', text)}`],
    };
  });

  function lag(flags: readonly string[]): Promise<Ended> {
    const own = ['--peer', 'acme', '--inbox', 'no.such.inbox'];
    return msg(['--no-input', 'inbox', 'lag', ...own, ...flags], { home: files.path });
  }

  it.each(CASES)('$what', async ({ flags, code, error, hint }) => {
    const ended = await lag(flags(parts));
    expect(ended.stderr).toMatch(/^msg: error: .*\nmsg: hint: .*\n$/);
    const [first = '', second = ''] = ended.stderr.split('\n');
    expect(first).toContain(error);
    expect(second).toContain(hint);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).not.toMatch(/-secret|battery|wrong$/);
  });

  it('nothing, when all is right', async () => {
    const password = files.put('admin-password', 'admin-secret');
    const admin = ['--transport-username', 'admin', '--transport-password', `file:${password}`];
    const { at, ca, login } = parts;
    const flags = [...at('plainLogin'), ...ca, ...login('plain'), ...admin];
    const own = ['--no-input', '--peer', 'acme', '--inbox', 'login.inbox', ...flags];
    const run = (...args: string[]) => msg(['inbox', ...args, ...own], { home: files.path });
    expect(await run('create')).toMatchObject({ code: 0, stdout: 'login.inbox\n' });
    expect(await run('lag')).toMatchObject({ code: 0, stderr: '' });
  });
});
