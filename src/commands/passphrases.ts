import { parseSecretReference, type SecretReference } from '../config/secret.js';
import { settleSecret } from '../config/value-type.js';
import { MsgError } from '../errors.js';
import { isEncrypted, loadKeyOf } from '../identity/entry-key.js';
import type { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { pathBase } from './configuration.js';

/** What is asked for, and how it can be answered without a terminal. */
export interface SecretQuestion {
  /** Such as `the passphrase for the export`. */
  readonly what: string;
  /** Such as `--export-passphrase`. */
  readonly flag: string;
}

/** What a flag for a secret may say. */
const REFERENCES = 'file:PATH, env:NAME or cmd:COMMAND';

/**
 * Reads a flag that says where a secret is; the prompt, where the flag is absent.
 *
 * @throws MsgError `config` that does not repeat the text.
 */
export function secretFlag(text: string | undefined, flag: string): SecretReference {
  if (text === undefined) return { kind: 'prompt' };
  try {
    return parseSecretReference(settleSecret(text.trim(), pathBase()));
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    throw new MsgError('config', `${error.message} (from ${flag})`, {
      hint: 'write file:PATH, env:NAME, cmd:COMMAND or prompt, never the secret itself',
      cause: error,
    });
  }
}

/** As {@link secretFlag}, for flags that can also say `none`. */
export function secretFlagOrNone(text: string | undefined, flag: string): SecretReference | 'none' {
  return text === 'none' ? text : secretFlag(text, flag);
}

/** Finds a secret that exists, asking once where the reference is `prompt`. */
export async function existingSecret(
  reference: SecretReference,
  question: SecretQuestion,
  context: Context,
): Promise<string> {
  const session = await context.session();
  const { what, flag } = answerable(question);
  return (await session.secret(reference, what, flag)).reveal();
}

/**
 * Finds a passphrase that is to protect something from now on: at the terminal it is asked for
 * twice, so that a slip of the finger locks nothing away.
 *
 * @throws MsgError `passphrase` when it is empty or the two entries differ, `usage` when nobody can
 *   be asked.
 */
export async function newPassphrase(
  reference: SecretReference,
  question: SecretQuestion,
  context: Context,
): Promise<string> {
  if (reference.kind !== 'prompt') return existingSecret(reference, question, context);
  const { what, flag } = answerable(question);
  const { prompter } = context;
  const check = (answer: string) => (answer === '' ? 'it cannot be empty' : undefined);
  const first = await prompter.password({ message: `${what}:`, flag, check });
  context.report.hide(first);
  const second = await prompter.password({ message: 'once more:', flag });
  if (first === second) return first;
  throw new MsgError('passphrase', `the two entries differ for ${what}`, {
    hint: 'nothing was changed; run the command again',
  });
}

function answerable({ what, flag }: SecretQuestion): SecretQuestion {
  return { what, flag: `${flag} and ${REFERENCES}` };
}

const KEYS: SecretQuestion = {
  what: 'a passphrase for the private keys',
  flag: '--key-passphrase',
};

/**
 * The passphrase for a key that comes into the store: the one that its other keys have, or else a
 * new one; undefined where `key.passphrase` is `none`. A store has one passphrase, since a program
 * that opens messages with several keys asks only once.
 *
 * @throws MsgError `passphrase` when it does not open the keys that are there.
 */
export async function passphraseForNewKey(
  store: KeyStore,
  context: Context,
): Promise<string | undefined> {
  const session = await context.session();
  const { value } = session.settings['key.passphrase'];
  if (value === 'none') return undefined;
  const witness = store.list().find(isEncrypted);
  if (witness === undefined) return newPassphrase(value, KEYS, context);
  const passphrase = await session.keyPassphrase();
  try {
    await loadKeyOf(witness, () => Promise.resolve(passphrase));
    return passphrase;
  } catch (error) {
    if (!(error instanceof MsgError) || error.code !== 'passphrase') throw error;
    throw new MsgError('passphrase', `not the passphrase of the key ${witness.label}`, {
      hint: 'the keys of a store have one passphrase; change it with "msg identity passphrase"',
      cause: error,
    });
  }
}
