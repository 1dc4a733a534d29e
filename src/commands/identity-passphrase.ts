import { formatSecretReference, type SecretReference } from '../config/secret.js';
import { describeOrigin } from '../config/resolve.js';
import { MsgError } from '../errors.js';
import { isEncrypted, loadKeyOf } from '../identity/entry-key.js';
import type { KeyEntry } from '../identity/key-entry.js';
import { protectKeys } from '../identity/passphrase-change.js';
import type { SoftwareKey } from '../identity/software-key.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { newPassphrase, secretFlagOrNone } from './passphrases.js';
import { setInProfile } from './profile-setting.js';

/** What `msg identity passphrase` was asked to change. */
export interface IdentityPassphraseOptions {
  /** One key; by default all of the store, which are opened with one passphrase. */
  readonly label?: string | undefined;
  /** Where the new passphrase is, or `none`. */
  readonly newPassphrase?: string | undefined;
}

/** An entry, and its key unless the old passphrase did not open it. */
interface Opened {
  readonly entry: KeyEntry;
  readonly key: SoftwareKey | undefined;
}

/**
 * Writes keys anew under another passphrase, all of them or none. Nothing is written before every key
 * has been opened; what has the new passphrase already stays as it is.
 */
export async function run(options: IdentityPassphraseOptions, context: Context): Promise<void> {
  const reference = secretFlagOrNone(options.newPassphrase, '--new-passphrase');
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const entries = options.label === undefined ? store.list() : [store.find(options.label)];
  const old = entries.some(isEncrypted) ? await session.keyPassphrase() : undefined;
  const opened = await openAll(entries, old);
  const passphrase = await findNew(reference, context);
  await checkRest(opened, passphrase);
  const keys = opened.flatMap(({ entry, key }) => (key === undefined ? [] : [{ entry, key }]));
  await protectKeys(keys, { passphrase, random: context.random });
  context.report.note(`${entries.map(({ label }) => label).join(', ')}: ${outcome(passphrase)}`);
  if (options.label === undefined) await followUp(reference, context);
  else if (store.list().length > 1) context.report.warn('the other keys keep their passphrase');
}

async function openAll(
  entries: readonly KeyEntry[],
  passphrase: string | undefined,
): Promise<readonly Opened[]> {
  const failures: MsgError[] = [];
  const opened: Opened[] = [];
  for (const entry of entries) {
    const key = await loadKeyOf(entry, () => Promise.resolve(passphrase)).catch(
      (error: unknown) => {
        if (!(error instanceof MsgError) || error.code !== 'passphrase') throw error;
        failures.push(error);
        return undefined;
      },
    );
    opened.push({ entry, key });
  }
  const [first] = failures;
  if (first !== undefined && failures.length === entries.length) throw first;
  if (entries.length > 0) return opened;
  throw new MsgError('key-missing', 'there is no key whose passphrase could be changed', {
    hint: 'make one with "msg identity create"',
  });
}

/** What the old passphrase does not open has to have the new one already. */
async function checkRest(opened: readonly Opened[], passphrase: string | undefined): Promise<void> {
  for (const { entry, key } of opened) {
    if (key === undefined) await loadKeyOf(entry, () => Promise.resolve(passphrase));
  }
}

async function findNew(
  reference: SecretReference | 'none',
  context: Context,
): Promise<string | undefined> {
  if (reference === 'none') return undefined;
  const question = { what: 'the new passphrase of the private keys', flag: '--new-passphrase' };
  return newPassphrase(reference, question, context);
}

function outcome(passphrase: string | undefined): string {
  return passphrase === undefined ? 'no passphrase any more' : 'the passphrase is changed';
}

/** Says, or writes into the profile, where the passphrase is to be found from now on. */
async function followUp(reference: SecretReference | 'none', context: Context): Promise<void> {
  const setting = (await context.session()).settings['key.passphrase'];
  const had = setting.value;
  const [hasNone, getsNone] = [had === 'none', reference === 'none'];
  const isFromProfile = setting.origin.kind === 'profile' || setting.origin.kind === 'built-in';
  if (hasNone !== getsNone && isFromProfile) {
    const value = reference === 'none' ? reference : formatSecretReference(reference);
    if (await setInProfile({ 'key.passphrase': value }, context)) return;
  }
  if (hasNone === getsNone && (had === 'none' || had.kind === 'prompt')) return;
  context.report.warn(
    `key.passphrase is ${setting.shown ?? ''} (${describeOrigin(setting.origin)})`,
    getsNone ? 'set it to none' : 'see that it gives the new passphrase from now on',
  );
}
