import { requireSetting, type Settings } from '../config/resolve.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { parseNamingPolicy, type NamingPolicy } from '../trust/naming.js';
import type { RevocationMode } from '../trust/options.js';
import type { Certificate } from '../x509/certificate.js';
import { readPeerRules, type PeerRule } from './peer-rules.js';
import { readAnchors } from './trust-files.js';

/** By what a peer's certificate is judged. */
export interface TrustRule {
  readonly anchors: readonly Certificate[];
  readonly revocation: RevocationMode;
  readonly naming: NamingPolicy;
}

/** The rules of a profile: one for most peers, others for those that `trust.peers` names. */
export interface TrustRules {
  /** The rule for a peer, or the one that holds for most. */
  ruleFor(peer: PeerName | undefined): TrustRule;
}

/**
 * Reads the rules of a profile with all their anchors: a profile whose anchors cannot be read must not
 * judge at all. A peer with anchors of its own leads to these alone, and nobody else to them.
 *
 * @throws MsgError `config`
 */
export function trustRulesOf(settings: Settings): TrustRules {
  const general: TrustRule = {
    anchors: anchorsAt(generalAnchors(settings)),
    revocation: settings['trust.revocation'].value,
    naming: parseNamingPolicy(settings['trust.naming'].value),
  };
  const { value: file } = settings['trust.peers'];
  const special = file === undefined ? [] : [...readPeerRules(file)];
  const rules = new Map(special.map(([peer, rule]) => [peer, specialised(general, rule)]));
  return { ruleFor: (peer) => (peer && rules.get(peer)) ?? general };
}

/** The files and directories that the rules of a profile are made of, as far as they can be told. */
export function trustPathsOf(settings: Settings): readonly string[] {
  const { value: file } = settings['trust.peers'];
  const [anchors, lists] = [settings['trust.anchors'].value, settings['trust.crls'].value];
  const own = file === undefined ? [] : [file, ...anchorsNamedIn(file)];
  return [...(anchors ?? []), ...(lists ?? []), ...own];
}

/** Whether a profile says whom it trusts. */
export function hasTrust(settings: Settings): boolean {
  const keys = ['trust.anchors', 'trust.peers'] as const;
  return keys.some((key) => settings[key].value !== undefined);
}

/** Where every peer that is trusted has anchors of its own, none are needed for the others. */
function generalAnchors(settings: Settings): readonly string[] {
  const { value } = settings['trust.anchors'];
  if (value === undefined && hasTrust(settings)) return [];
  return value ?? requireSetting(settings, 'trust.anchors');
}

function specialised(general: TrustRule, { anchors, ...others }: PeerRule): TrustRule {
  return {
    ...general,
    ...others,
    ...(anchors === undefined ? {} : { anchors: anchorsAt(anchors) }),
  };
}

/** Anchors that are configured and of which there are none are a mistake, such as an empty directory. */
function anchorsAt(paths: readonly string[]): readonly Certificate[] {
  const anchors = readAnchors(paths);
  if (anchors.length > 0 || paths.length === 0) return anchors;
  throw new MsgError('config', `no certificate in ${paths.join(', ')}`, {
    hint: 'directories are searched for files that end in .pem, .crt, .cer or .der',
  });
}

function anchorsNamedIn(file: string): readonly string[] {
  try {
    return [...readPeerRules(file).values()].flatMap(({ anchors = [] }) => anchors);
  } catch {
    return [];
  }
}
