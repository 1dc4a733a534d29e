import { MsgError } from '../errors.js';
import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';
import { keyUsesOf } from '../session/key-use.js';
import type { Session } from '../session/session.js';
import { isoTime } from './peer-json.js';

/** The key that is meant. */
export interface IdentityLabel {
  readonly label: string;
}

/** Chooses the key that signs from now on. */
export async function use({ label }: IdentityLabel, context: Context): Promise<void> {
  const session = await context.session();
  new KeyStore(session.settings.keys.value).setCurrent(label);
  context.report.note(`the key ${label} signs from now on; the others go on opening messages`);
}

/** A key to take out of use. */
export interface RetireOptions extends IdentityLabel {
  /** Also while it signs, or others may still seal to it. */
  readonly force?: boolean | undefined;
}

/** Takes a key out of use for signing; it goes on opening messages. */
export async function retire(
  { label, force = false }: RetireOptions,
  context: Context,
): Promise<void> {
  const session = await context.session();
  if (!force && session.settings.directory.value !== undefined) {
    await refuseInUse(label, session, context.clock());
  }
  new KeyStore(session.settings.keys.value).retire(label, context.clock);
  context.report.note(`the key ${label} is retired; it goes on opening what was sealed to it`);
}

/** While messages can be under way under a key, its operator should not take it for done with. */
async function refuseInUse(label: string, session: Session, now: number): Promise<void> {
  const uses = await keyUsesOf(session, { freshness: session.freshness, now });
  const use = uses?.get(label);
  if (use?.signs === true) {
    throw new MsgError(
      'usage',
      `the key ${label} signs until every peer knows the one that follows`,
      {
        hint: 'see from when on that is with "msg identity show"; --force retires it at once',
      },
    );
  }
  const until = use?.sealedUntil ?? 0;
  if (until <= now) return;
  const when = Number.isFinite(until) ? `until ${isoTime(until)}` : 'as its version is the newest';
  throw new MsgError('usage', `peers may seal messages to the key ${label} ${when}`, {
    hint: 'publish its successor with "msg rotate" and wait until then; --force retires it at once',
  });
}
