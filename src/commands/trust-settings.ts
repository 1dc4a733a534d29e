import type { Problem } from '../config/check.js';
import { resolveSetting, type SettingSources } from '../config/resolve.js';
import type { SettingKey } from '../config/settings.js';
import { MsgError } from '../errors.js';
import { readPeerRules } from '../session/peer-rules.js';
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

/**
 * What is wrong with the settings that only the trust room understands, beyond what the settings' table
 * has found: the naming policy, and the file of rules for single peers.
 */
export function trustProblems(
  sources: SettingSources,
  found: readonly Problem[],
): readonly Problem[] {
  const naming = problemsOf('trust.naming', found, () => {
    checkNaming(resolveSetting('trust.naming', sources).value);
  });
  const peers = problemsOf('trust.peers', found, () => {
    const { value } = resolveSetting('trust.peers', sources);
    if (value !== undefined) readPeerRules(value);
  });
  return [...naming, ...peers];
}

function problemsOf(
  key: SettingKey,
  found: readonly Problem[],
  check: () => void,
): readonly Problem[] {
  if (found.some((one) => one.key === key)) return [];
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return [{ level: 'error', key, message: error.message, ...hint }];
  }
}
