import { MsgError } from '../errors.js';
import { describeCertificate, type CertificateDescription } from '../identity/describe.js';
import { isEncrypted } from '../identity/entry-key.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { keyUsesOf, type KeyUse } from '../session/key-use.js';
import type { Session } from '../session/session.js';
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
  /** Whether it is the one that was chosen to sign. */
  readonly current: boolean;
  /** Whether it signs now: the chosen one, once every peer knows its certificate. */
  readonly signs: boolean;
  /** The newest version in the directory that carries its certificate. */
  readonly version?: number;
  /** From when on the chosen key signs, while the former one still does. ISO 8601. */
  readonly signsFrom?: string;
  /** Whether peers may seal to it. */
  readonly sealedTo?: boolean;
  /** Until when they may; absent for the newest version. ISO 8601. */
  readonly sealedUntil?: string;
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
  const { stdout } = context.io;
  const entries = label === undefined ? store.list() : [store.find(label)];
  const uses = entries.length === 0 ? undefined : await cachedUses(session, context);
  const current = store.current()?.label;
  const keys = entries.map((entry) =>
    describe(entry, { current, use: uses?.get(entry.label), now: context.clock() }),
  );
  const [only] = keys;
  if (label !== undefined && only !== undefined) {
    await stdout.write(`${context.json ? JSON.stringify(only) : outline(only)}\n`);
    return;
  }
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
  { title: 'version', whole: true },
  { title: 'use', whole: true },
  { title: 'valid until', whole: true },
  { title: 'names' },
  { title: 'fingerprint' },
];

function cells(key: KeyDescription): readonly string[] {
  const { label, status, version, certificate } = key;
  const { notAfter = '', names = [], fingerprint = '' } = certificate ?? {};
  const index = version === undefined ? '' : String(version);
  return [label, status, index, useOf(key), notAfter, names.join(', '), fingerprint];
}

/** What a key does now, in a word or two. */
function useOf({ signs, signsFrom, certificate }: KeyDescription): string {
  if (certificate === undefined) return '';
  if (signs) return 'signs, opens';
  return signsFrom === undefined ? 'opens' : `opens, signs from ${signsFrom}`;
}

/** By the address book as it is: a list of keys asks nobody. Undefined where that cannot tell. */
async function cachedUses(
  session: Session,
  { clock }: Pick<Context, 'clock'>,
): Promise<ReadonlyMap<string, KeyUse> | undefined> {
  if (session.settings.directory.value === undefined) return undefined;
  try {
    const freshness = { maxAge: Infinity, maxStale: Infinity };
    return await keyUsesOf(session, { freshness, now: clock() });
  } catch (error) {
    if (error instanceof MsgError) return undefined;
    throw error;
  }
}

interface Known {
  /** The label of the chosen key. */
  readonly current: string | undefined;
  readonly use: KeyUse | undefined;
  readonly now: number;
}

function describe(entry: KeyEntry, { current, use, now }: Known): KeyDescription {
  const { label, directory, certificate, chain, requestPath, retiredAt } = entry;
  const isCurrent = label === current;
  return {
    ...{ label, status: keyStatus(entry), current: isCurrent },
    ...describeUse(use, { isCurrent, now }),
    ...{ encrypted: isEncrypted(entry), directory },
    ...(retiredAt === undefined ? {} : { retired: new Date(retiredAt).toISOString() }),
    ...(requestPath === undefined ? {} : { request: requestPath }),
    ...(certificate === undefined ? {} : { certificate: describeCertificate(certificate) }),
    chain: chain.map(describeCertificate),
  };
}

function describeUse(
  use: KeyUse | undefined,
  { isCurrent, now }: { readonly isCurrent: boolean; readonly now: number },
): Pick<KeyDescription, 'signs' | 'version' | 'signsFrom' | 'sealedTo' | 'sealedUntil'> {
  if (use === undefined) return { signs: isCurrent };
  const { version, signs, signsFrom, sealedUntil } = use;
  if (version === undefined || sealedUntil === undefined) return { signs };
  return {
    ...{ signs, version, sealedTo: sealedUntil > now },
    ...(signsFrom === undefined ? {} : { signsFrom: new Date(signsFrom).toISOString() }),
    ...(sealedUntil === Infinity ? {} : { sealedUntil: new Date(sealedUntil).toISOString() }),
  };
}
