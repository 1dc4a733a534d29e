import { Option, type Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg cert enroll`, `renew` and `cacerts`: what an authority's EST server is asked for. */
export function addEnrolmentCommands(cert: CommandUnknownOpts, runtime: Runtime): void {
  addEnroll(cert, runtime);
  addRenew(cert, runtime);
  addCacerts(cert, runtime);
}

const SERVER_HELP = `
The server is the one of the setting est.url. It is believed by the certificates
that est.ca names; where it names none, the authority's own are shown, and one
of them is confirmed, or named by --fingerprint, and kept. Who asks is said by
est.username and est.password, or est.cert and est.key.`;

const fingerprint = () =>
  new Option(
    '--fingerprint <sha256...>',
    'the authority that is expected, where est.ca names none yet',
  );

const keyType = (about: string) =>
  new Option('--type <type>', about).choices([
    'p256',
    'p384',
    'rsa2048',
    'rsa3072',
    'rsa4096',
  ] as const);

/** What a request that somebody has to approve makes useful. */
function withPatience<A extends unknown[], O extends Record<string, unknown>>(
  command: Command<A, O>,
) {
  return command
    .option('--wait <duration>', 'wait so long for somebody to approve it (default: not at all)')
    .option('--now', 'ask although the server wanted to be asked later')
    .option('--again', 'begin anew, whatever is there or waited for')
    .option('--json', 'a JSON object');
}

function addEnroll(cert: CommandUnknownOpts, runtime: Runtime): void {
  const command = cert
    .command('enroll')
    .summary('have a new key certified by the authority (EST, RFC 7030)')
    .description(
      'Makes a key and has the EST server certify it. A request that has to be approved is kept: the same command goes on with it. Prints the label of the key.',
    )
    .addOption(keyType('the kind of key (default: what the authority wants, or p256)'))
    .option('--subject <name>', 'the subject, as RFC 4514 writes it (default: CN=PEER)')
    .option('--dns <name...>', 'a DNS name to be certified, too')
    .option('--email <address...>', 'a mail address to be certified, too')
    .option('--label <label>', "the key's name in the store (default: by its fingerprint)")
    .addOption(fingerprint());
  withPatience(command)
    .addHelpText(
      'after',
      `${SERVER_HELP}

Examples:
  msg profile set est.url https://ca.example
  msg cert enroll --est-username acme --est-password file:once.pass
  msg cert enroll --wait 2h`,
    )
    .action((options, self) =>
      invoke(runtime, self, async () => (await import('../commands/cert-enroll.js')).run, options),
    );
}

function addRenew(cert: CommandUnknownOpts, runtime: Runtime): void {
  const command = cert
    .command('renew')
    .summary('have a new key certified in place of the one that signs (EST, RFC 7030)')
    .description(
      'Gets a certificate with the same names for a new key, authenticated by the present certificate. The old key stays and opens what was sealed to it. Prints the label of the new key.',
    )
    .option(
      '--expires-in <rule>',
      'only when it is time: so long before the end (30d), or when so much of the time is over (75%)',
    )
    .option('--rotate', 'publish the new certificate on the chain at once; it signs from then on')
    .option('--reuse-key', 'have the same key certified once more')
    .addOption(keyType('the kind of key (default: what the authority wants, or as before)'))
    .option('--label <label>', "the new key's name in the store (default: by its fingerprint)")
    .addOption(fingerprint());
  withPatience(command)
    .addHelpText(
      'after',
      `${SERVER_HELP}

Examples:
  msg cert renew
  msg cert renew --expires-in 30d --rotate   (every day, from a timer)`,
    )
    .action((options, self) =>
      invoke(runtime, self, async () => (await import('../commands/cert-renew.js')).run, options),
    );
}

function addCacerts(cert: CommandUnknownOpts, runtime: Runtime): void {
  cert
    .command('cacerts')
    .description("fetch the authority's own certificates from its EST server, PEM")
    .option('-o, --out <file>', 'write them to this file')
    .option('--force', 'replace the file if it is there')
    .addOption(fingerprint())
    .option('--json', 'one JSON object a certificate')
    .addHelpText('after', SERVER_HELP)
    .action((options, self) =>
      invoke(runtime, self, async () => (await import('../commands/cert-cacerts.js')).run, options),
    );
}
