import { MsgError } from '../errors.js';
import { keepRequest, loadKeyOf } from '../identity/entry-key.js';
import { keyStatus, type KeyEntry } from '../identity/key-entry.js';
import { readPublic } from '../identity/private-file.js';
import { createRequest } from '../identity/request.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { requestFor, type RequestedNames } from './identity-create.js';
import { openOutput } from './output-file.js';

/** What `msg identity csr` was asked for. */
export interface IdentityCsrOptions extends RequestedNames {
  /** By default the only key that waits for its certificate. */
  readonly label?: string | undefined;
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Gives out the request that was kept with a key, or makes another one where names are given. */
export async function run(options: IdentityCsrOptions, context: Context): Promise<void> {
  const { out: file, force, subject, dns, email } = options;
  const session = await context.session();
  const store = new KeyStore(session.settings.keys.value);
  const entry = options.label === undefined ? onlyPending(store) : store.find(options.label);
  const write = openOutput({ file, force, mode: 0o644 }, context);
  const isNew = [subject, dns, email].some((one) => one !== undefined);
  const { requestPath } = entry;
  const kept = isNew || requestPath === undefined ? undefined : readPublic(requestPath);
  await write(kept?.toString('latin1') ?? (await makeRequest(entry, options, context)));
}

async function makeRequest(
  entry: KeyEntry,
  names: RequestedNames,
  context: Context,
): Promise<string> {
  if (keyStatus(entry) !== 'pending') {
    throw new MsgError('usage', `the key ${entry.label} has its certificate already`, {
      hint: 'for another certificate make a new key with "msg identity create"',
    });
  }
  const session = await context.session();
  const wanted = requestFor(session, names);
  const key = await loadKeyOf(entry, () => session.keyPassphrase());
  return keepRequest(entry, await createRequest(wanted, key));
}

function onlyPending(store: KeyStore): KeyEntry {
  const pending = store.list().filter((entry) => keyStatus(entry) === 'pending');
  const [only] = pending;
  if (only !== undefined && pending.length === 1) return only;
  if (only === undefined) {
    throw new MsgError('not-found', 'no key waits for a certificate', {
      hint: 'name one of "msg identity show", or make a new one with "msg identity create"',
    });
  }
  throw new MsgError('usage', `${pending.length} keys wait for a certificate`, {
    hint: `name one of ${pending.map(({ label }) => label).join(', ')}`,
  });
}
