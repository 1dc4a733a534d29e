import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { addEnrolmentCommands } from './enrolment.js';
import { invoke } from './invoke.js';

/** `msg cert`: certificates, whoever they belong to, and the authority that issues one's own. */
export function addCertificateCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const cert = program.command('cert').description('get certificates, look at them, judge them');
  addEnrolmentCommands(cert, runtime);
  addNeedsRenewal(cert, runtime);
  addInspect(cert, runtime);
  addVerify(cert, runtime);
}

function addNeedsRenewal(cert: CommandUnknownOpts, runtime: Runtime): void {
  cert
    .command('needs-renewal')
    .summary('say by the exit code whether it is time to renew')
    .description(
      'Ends with 0 when it is time to renew the certificate, with 1 when it is not, and with 2 when there is no certificate.',
    )
    .argument('[file]', 'a certificate, PEM, DER, PKCS#12 or PKCS#7 (default: the one that signs)')
    .option('--label <label>', 'the certificate of this key of the store')
    .option(
      '--expires-in <rule>',
      'time to renew: so long before its end (30d), or when so much of its time is over (75%); default: 66%',
    )
    .option('--passphrase <reference>', 'where the passphrase of a PKCS#12 file is, or none')
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg cert needs-renewal --expires-in 30d && msg cert renew
  msg cert needs-renewal /etc/ssl/acme.pem --expires-in 75%`,
    )
    .action((file, options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/cert-needs-renewal.js')).run,
        { ...options, file },
      ),
    );
}

function addInspect(cert: CommandUnknownOpts, runtime: Runtime): void {
  cert
    .command('inspect')
    .description('show the certificates in PEM, DER, PKCS#12 and PKCS#7 files')
    .argument('<file...>', 'the files; "-" is standard input')
    .option('--passphrase <reference>', 'where the passphrase of a PKCS#12 file is, or none')
    .option('--json', 'one JSON object a certificate')
    .action((files, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/cert-inspect.js')).run, {
        ...options,
        files,
      }),
    );
}

function addVerify(cert: CommandUnknownOpts, runtime: Runtime): void {
  cert
    .command('verify')
    .summary('judge a certificate by the trust settings; exit code 3 when it fails')
    .description(
      'Judges the certificate in the files, which may hold its issuers, too, in any order: whether it leads to an anchor of trust.anchors, whether a list of trust.crls revokes it, and with --name whether it names that peer.',
    )
    .argument('<file...>', 'PEM, DER, PKCS#12 or PKCS#7; "-" is standard input')
    .option('--name <peer>', 'whose certificate it should be')
    .addOption(
      new Option('--purpose <purpose>', 'what it is for (default: message)').choices([
        'message',
        'tls-client',
        'tls-server',
        'any',
      ] as const),
    )
    .option('--at <time>', 'judge as of then: an ISO time, or how long ago, such as 2h')
    .option('--passphrase <reference>', 'where the passphrase of a PKCS#12 file is, or none')
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `
Examples:
  msg cert verify acme.pem --name acme
  msg cert verify server.pem chain.pem --purpose tls-server \\
    --trust-anchors root.pem --trust-revocation off`,
    )
    .action((files, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/cert-verify.js')).run, {
        ...options,
        files,
      }),
    );
}
