import type { Problem } from '../config/check.js';
import { resolveSetting, type SettingSources } from '../config/resolve.js';
import { MsgError } from '../errors.js';
import { parseNamingPolicy } from '../trust/naming.js';

/**
 * Whether the trust room understands a value of `trust.naming`; the settings' own table, which knows
 * nothing of certificates, takes any text.
 *
 * @throws MsgError `config` as {@link parseNamingPolicy} does, with the setting's name in front.
 */
export function checkNaming(text: string | undefined): void {
  try {
    if (text !== undefined) parseNamingPolicy(text);
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new MsgError('config', `trust.naming: ${error.message}`, { ...hint, cause: error });
  }
}

/** What {@link checkNaming} finds wrong with a configuration, beyond what the settings' table does. */
export function namingProblems(
  sources: SettingSources,
  found: readonly Problem[],
): readonly Problem[] {
  if (found.some(({ key }) => key === 'trust.naming')) return [];
  try {
    checkNaming(resolveSetting('trust.naming', sources).value);
    return [];
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ level: 'error', key: 'trust.naming', message: error.message, ...hint }];
  }
}
