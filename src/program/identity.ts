import { Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Runtime } from '../runtime.js';
import { invoke } from './invoke.js';

/** `msg identity`: one's own keys, their requests and certificates. */
export function addIdentityCommands(program: CommandUnknownOpts, runtime: Runtime): void {
  const identity = program.command('identity').description("one's own keys and certificates");
  addCreate(identity, runtime);
  addCsr(identity, runtime);
  addImport(identity, runtime);
  addShow(identity, runtime);
  addExport(identity, runtime);
  addChoice(identity, runtime);
  addPassphrase(identity, runtime);
}

const PASSPHRASE_HELP = `
The passphrase of the keys is asked for, or found by --key-passphrase file:PATH,
env:NAME or cmd:COMMAND (the setting key.passphrase).`;

function addCreate(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('create')
    .summary('make a key, and the request for its certificate')
    .description(
      'Makes a private key and a certificate request (PKCS#10) for it. Prints the label of the key and where the request is.',
    )
    .addOption(
      new Option('--type <type>', 'the kind of key (default: p256)').choices([
        'p256',
        'p384',
        'rsa2048',
        'rsa3072',
        'rsa4096',
      ] as const),
    )
    .option('--subject <name>', 'the subject, as RFC 4514 writes it (default: CN=PEER)')
    .option('--dns <name...>', 'a DNS name to be certified, too')
    .option('--email <address...>', 'a mail address to be certified, too')
    .option('--label <label>', "the key's name in the store (default: by its fingerprint)")
    .option('--no-passphrase', 'keep the key without a passphrase')
    .option('--csr <file>', 'write the request to this file, too; "-" is standard output')
    .option('--force', 'replace the file if it is there')
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `${PASSPHRASE_HELP}

Examples:
  msg identity create --subject "CN=Acme messaging,O=Acme,C=DE" --csr acme.csr
  msg identity create --type rsa3072 --label 2026 --no-passphrase`,
    )
    .action((options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/identity-create.js')).run,
        options,
      ),
    );
}

function addCsr(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('csr')
    .description('print the certificate request of a key, or with names make another one')
    .argument('[label]', 'the key (default: the only one that waits for its certificate)')
    .option('--subject <name>', 'ask for this subject instead')
    .option('--dns <name...>', 'a DNS name to be certified, too')
    .option('--email <address...>', 'a mail address to be certified, too')
    .option('-o, --out <file>', 'write it to this file')
    .option('--force', 'replace the file if it is there')
    .action((label, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/identity-csr.js')).run, {
        ...options,
        label,
      }),
    );
}

function addImport(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('import')
    .summary('take in a certificate, a private key or both')
    .description(
      'Takes in PEM, DER, PKCS#12 and PKCS#7 files, in any order. A private key becomes a new entry of the store; a certificate on its own goes to the key it was issued for. Prints the label.',
    )
    .argument('<file...>', 'the files; "-" is standard input')
    .option('--label <label>', "the key's name in the store")
    .option('--passphrase <reference>', 'where the passphrase of the files is, or none')
    .option('--replace', 'put the certificate in the place of one that was never published')
    .option('--json', 'a JSON object')
    .addHelpText(
      'after',
      `${PASSPHRASE_HELP}

Examples:
  msg identity import acme.crt authority.crt
  msg identity import acme.p12 --passphrase file:acme.pass`,
    )
    .action((files, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/identity-import.js')).run, {
        ...options,
        files,
      }),
    );
}

function addShow(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('show')
    .description('list the keys, or show one with its certificate')
    .argument('[label]', 'the key')
    .option('--json', 'one JSON object a key')
    .action((label, _options, command) =>
      invoke(runtime, command, async () => (await import('../commands/identity-show.js')).run, {
        label,
      }),
    );
}

function addExport(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('export')
    .description('give out a certificate and its issuers; the private key only with --key')
    .argument('<label>', 'the key')
    .addOption(
      new Option('--as <form>', 'what to write (default: pem)').choices([
        'pem',
        'der',
        'pkcs12',
      ] as const),
    )
    .option('--key', 'the private key, too, encrypted')
    .option(
      '--export-passphrase <reference>',
      'where the passphrase is that protects what is exported',
    )
    .option('-o, --out <file>', 'write it to this file; "-" is standard output')
    .option('--force', 'replace the file if it is there')
    .addHelpText(
      'after',
      `${PASSPHRASE_HELP}

Examples:
  msg identity export 2026 > acme.pem
  msg identity export 2026 --as pkcs12 --key -o acme.p12`,
    )
    .action((label, options, command) =>
      invoke(runtime, command, async () => (await import('../commands/identity-export.js')).run, {
        ...options,
        label,
      }),
    );
}

const loadChoice = () => import('../commands/identity-choose.js');

function addChoice(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('use')
    .description('choose the key that signs')
    .argument('<label>', 'the key')
    .action((label, _options, command) =>
      invoke(runtime, command, async () => (await loadChoice()).use, { label }),
    );
  identity
    .command('retire')
    .description('let a key open messages only')
    .argument('<label>', 'the key')
    .option('--force', 'also while it signs, or others may still seal to it')
    .action((label, options, command) =>
      invoke(runtime, command, async () => (await loadChoice()).retire, { ...options, label }),
    );
}

function addPassphrase(identity: CommandUnknownOpts, runtime: Runtime): void {
  identity
    .command('passphrase')
    .description('change the passphrase of the keys')
    .argument('[label]', 'one key only (default: all of the store)')
    .option('--new-passphrase <reference>', 'where the new passphrase is, or none')
    .addHelpText('after', PASSPHRASE_HELP)
    .action((label, options, command) =>
      invoke(
        runtime,
        command,
        async () => (await import('../commands/identity-passphrase.js')).run,
        { ...options, label },
      ),
    );
}
