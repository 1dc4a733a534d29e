import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg cert`: certificates, whoever they belong to. */
export function addCertificateCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const cert = program.command('cert').description('look at certificates');
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
