import { MsgError } from '../errors.js';

declare const brand: unique symbol;

/** The name of a profile, safe as a directory's name. */
export type ProfileName = string & { readonly [brand]: 'ProfileName' };

/** The profile in use where no profile was ever created or named. */
export const DEFAULT_PROFILE = 'default' as ProfileName;

const SHAPE = /^(?!.*\.\.)[a-z0-9][a-z0-9._-]{0,62}$/;

/** Whether the text can name a profile: 1 to 63 of `[a-z0-9._-]`, the first a letter or digit. */
export function isProfileName(text: string): text is ProfileName {
  return SHAPE.test(text);
}

/**
 * Takes a profile's name from outside.
 *
 * @throws MsgError `config` when it is none.
 */
export function parseProfileName(text: string): ProfileName {
  if (isProfileName(text)) return text;
  throw new MsgError('config', `not a profile name: ${JSON.stringify(text.slice(0, 80))}`, {
    hint: 'a profile name has 1 to 63 lower-case letters, digits, dots, hyphens and underscores, and starts with a letter or digit',
  });
}
