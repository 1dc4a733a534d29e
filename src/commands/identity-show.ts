import { describeCertificate, type CertificateDescription } from '../identity/describe.js';
import { isEncrypted } from '../identity/entry-key.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { outline } from './outline.js';

/** What `msg identity show` was asked for. */
export interface IdentityShowOptions {
  readonly label?: string | undefined;
}

/** A key of the store as the `--json` contract shows it. */
interface KeyDescription {
  readonly label: string;
  readonly status: 'pending' | 'active' | 'retired';
  /** Whether it is the one that signs. */
  readonly current: boolean;
  /** Whether a passphrase protects it. */
  readonly encrypted: boolean;
  readonly directory: string;
  /** ISO 8601. */
  readonly retired?: string;
  /** The path of the certificate request. */
  readonly request?: string;
  readonly certificate?: CertificateDescription;
  /** The issuers, nearest first. */
  readonly chain: readonly CertificateDescription[];
}

/** Lists the keys of the store, or shows one with its certificate. No passphrase is asked for. */
export async function run({ label }: IdentityShowOptions, context: Context): Promise<void> {
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const current = store.current()?.label;
  const { stdout } = context.io;
  if (label !== undefined) {
    const shown = describe(store.find(label), current);
    await stdout.write(`${context.json ? JSON.stringify(shown) : outline(shown)}\n`);
    return;
  }
  const keys = store.list().map((entry) => describe(entry, current));
  const text = context.json
    ? keys.map((key) => `${JSON.stringify(key)}\n`).join('')
    : renderTable({ columns: COLUMNS, rows: keys.map(cells) }, stdout);
  await stdout.write(text);
  if (keys.length === 0) {
    context.report.note(`no keys in ${store.directory}; make one with "msg identity create"`);
  }
}

const COLUMNS = [
  { title: 'label', whole: true },
  { title: 'status', whole: true },
  { title: 'signs', whole: true },
  { title: 'valid until', whole: true },
  { title: 'names' },
  { title: 'fingerprint' },
];

function cells({ label, status, current, certificate }: KeyDescription): readonly string[] {
  const { notAfter = '', names = [], fingerprint = '' } = certificate ?? {};
  return [label, status, current ? 'yes' : '', notAfter, names.join(', '), fingerprint];
}

function describe(entry: KeyEntry, current: string | undefined): KeyDescription {
  const { label, directory, certificate, chain, requestPath, retiredAt } = entry;
  return {
    ...{ label, status: keyStatus(entry), current: label === current },
    ...{ encrypted: isEncrypted(entry), directory },
    ...(retiredAt === undefined ? {} : { retired: new Date(retiredAt).toISOString() }),
    ...(requestPath === undefined ? {} : { request: requestPath }),
    ...(certificate === undefined ? {} : { certificate: describeCertificate(certificate) }),
    chain: chain.map(describeCertificate),
  };
}
