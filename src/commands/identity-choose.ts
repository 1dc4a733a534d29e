import { KeyStore } from '../identity/store.js';
import type { Context } from '../runtime.js';

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

/** Takes a key out of use for signing; it goes on opening messages. */
export async function retire({ label }: IdentityLabel, context: Context): Promise<void> {
  const session = await context.session();
  new KeyStore(session.settings.keys.value).retire(label, context.clock);
  context.report.note(`the key ${label} is retired; it goes on opening what was sealed to it`);
}
