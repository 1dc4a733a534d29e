import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../../src/sandbox/authority.js';
import { certificateToPem } from '../../src/x509/pem.js';
import type { EstServer } from './est-server.js';
import { newHome, type Home } from './run.js';
import { temporaryDirectory } from './temporary-directory.js';

/** A key as `msg identity show --json` describes it. */
export interface ShownKey {
  readonly label: string;
  readonly status: string;
  readonly current: boolean;
  readonly certificate?: {
    readonly key: string;
    readonly names: readonly string[];
    readonly fingerprint: string;
  };
  readonly chain: readonly object[];
}

/** What judges certificates by an authority's root and its current revocation lists. */
export async function trustIn(authority: Authority): Promise<Readonly<Record<string, string>>> {
  const directory = temporaryDirectory();
  const root = join(directory, 'root.pem');
  writeFileSync(root, certificateToPem(authority.root));
  const crls = (await authority.crls()).map((list, index) => {
    const path = join(directory, `${index}.crl`);
    writeFileSync(path, list);
    return path;
  });
  return { 'trust.anchors': root, 'trust.crls': crls.join(',') };
}

/** A home of the peer `acme` whose settings leave nothing to be asked when it enrols. */
export async function estHome(server: EstServer, authority: Authority): Promise<Home> {
  const trust = await trustIn(authority);
  return newHome({
    ...{ MSG_PEER: 'acme', MSG_KEY_PASSPHRASE: 'none' },
    ...{
      MSG_TRUST_ANCHORS: trust['trust.anchors'] ?? '',
      MSG_TRUST_CRLS: trust['trust.crls'] ?? '',
    },
    ...{ MSG_EST_URL: server.url, MSG_EST_CA: trust['trust.anchors'] ?? '' },
    ...{ MSG_EST_USERNAME: 'acme', MSG_EST_PASSWORD: 'env:PASS', PASS: 'secret' },
  });
}

/** The keys of a home's store. */
export async function keysOf(home: Home): Promise<readonly ShownKey[]> {
  const text = (await home.ok(['identity', 'show', '--json'])).trim();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as ShownKey);
}
