import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPem, writePem } from '../../src/asn1/pem.js';
import { directoriesOf } from '../../src/config/directories.js';
import { parseProfileName } from '../../src/config/profile-name.js';
import { openProfileStore, type ProfileChanges } from '../../src/config/profile-store.js';
import { parseAddress } from '../../src/registry/address.js';
import type { Address } from '../../src/registry/port.js';
import type { CertificateTerms } from '../../src/sandbox/authority.js';
import type { SandboxTransport } from '../../src/sandbox/network-file.js';
import { raiseNetwork, type Network } from '../../src/sandbox/network.js';
import { certificateToPem } from '../../src/x509/pem.js';
import type { MemoryIOOptions } from './io.js';
import { run, type Outcome } from './run.js';

/** The accounts of the chain that the tests use; 1 and 2 are alice's and bob's. */
export const ACCOUNT = { registrar: 0, alice: 1, bob: 2, carol: 3, stranger: 9 } as const;

/** A network with alice and bob in it, on a real chain, and a registrar's profile. */
export interface Consortium {
  readonly home: string;
  readonly network: Network;
  /** Runs `msg --profile <profile> …` in this process. */
  as(profile: string, args: readonly string[], options?: MemoryIOOptions): Promise<Outcome>;
  /** As {@link as}, for what has to succeed; gives its standard output. */
  ok(profile: string, args: readonly string[]): Promise<string>;
  /** Makes a profile on the same network, with one of the chain's accounts. */
  addProfile(name: string, account: number, changes?: ProfileChanges): void;
  /** Makes a key and has it certified, as an operator would. */
  certify(profile: string, label: string, terms?: CertificateTerms): Promise<void>;
  /** The address of one of the chain's accounts. */
  account(index: number): Address;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

/** Raises a network for a suite; over the embedded log where nothing else is said. */
export async function raiseConsortium(
  transport: SandboxTransport = 'embedded',
): Promise<Consortium> {
  const home = mkdtempSync(join(tmpdir(), 'msg-consortium-'));
  const directories = directoriesOf({ env: { MSG_HOME: home }, home, cwd: home });
  const network = await raiseNetwork({
    ...{ directory: join(directories.state, '.sandbox'), directories, transport },
    ...{ clock: Date.now, random: randomBytes, onStep: () => undefined },
    signal: new AbortController().signal,
  }).catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true });
    throw error;
  });
  const profiles = openProfileStore(directories, { directory: home, home });
  const keyOf = (index: number): string => network.chain.accounts[index]?.privateKey ?? '';
  const consortium: Consortium = {
    ...{ home, network },
    as: (profile, args, options = {}) =>
      run(['--profile', profile, ...args], {
        ...options,
        env: { MSG_HOME: home, ...options.env },
      }),
    async ok(profile, args) {
      const { code, stdout, stderr } = await consortium.as(profile, args);
      if (code !== 0) throw new Error(`msg ${args.join(' ')}: exit ${code}: ${stderr}`);
      return stdout;
    },
    addProfile(name, account, changes = {}) {
      const file = join(home, `${name}.account`);
      writeFileSync(file, `${keyOf(account)}\n`, { mode: 0o600 });
      const fields = profiles.read().profiles.get(parseProfileName('alice')) ?? new Map();
      const shared = { ...Object.fromEntries<string>(fields), inbox: undefined };
      profiles.create(name, { ...shared, peer: name, account: `key:file:${file}`, ...changes });
    },
    async certify(profile, label, terms) {
      const made = await consortium.ok(profile, ['identity', 'create', '--label', label, '--json']);
      const { request } = JSON.parse(made) as { request: string };
      const [csr] = readPem(readFileSync(request, 'latin1'));
      const certificate = await network.authority.issueFor(csr?.der ?? Buffer.of(), terms);
      const issuers = network.authority.chain.map(certificateToPem).join('');
      const file = join(home, `${profile}-${label}.pem`);
      writeFileSync(file, writePem('CERTIFICATE', certificate.der) + issuers);
      await consortium.ok(profile, ['identity', 'import', file]);
    },
    account: (index) => parseAddress(network.chain.accounts[index]?.address ?? ''),
    async remove() {
      await network.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  consortium.addProfile('registrar', ACCOUNT.registrar);
  return consortium;
}
