import type { PathStep } from '../messaging/verify-peer.js';
import { messagePurpose, type RevocationMode } from '../trust/options.js';
import {
  explainRefusal,
  nameOf,
  PATH_STAGES,
  stageOf,
  type PathRefused,
  type PathStage,
  type PathVerdict,
} from '../trust/verdict.js';
import type { Certificate } from '../x509/certificate.js';
import type { RevocationList } from '../x509/crl.js';
import { showDistinguishedName } from '../x509/distinguished-name.js';
import { nameOfKey } from '../x509/key-details.js';

/** What a path that passes a stage is said to be; the last stage is said by the lists. */
const SENTENCES: Readonly<Record<Exclude<PathStage, 'revocation'>, Sentence>> = {
  path: (path) => `leads to the trust anchor ${anchorOf(path)}${throughOf(path)}`,
  validity: (path) => `from ${first(path, 'notBefore')} to ${first(path, 'notAfter')}`,
  key: ([certificate]) =>
    `${nameOfKey(certificate.publicKey)}; every key of the path is strong enough`,
  use: ([certificate]) =>
    `its key may be used for ${messagePurpose(certificate).keyUsage.join(' and ')}`,
};

type Sentence = (path: Path) => string;
type Path = readonly [Certificate, ...Certificate[]];

/** The stages that a path has passed, each with what is so: all but revocation, or those before one. */
export function stagesPassed(
  path: readonly Certificate[],
  before: PathStage = 'revocation',
): readonly PathStep[] {
  const [certificate, ...issuers] = path;
  if (certificate === undefined) return [];
  return PATH_STAGES.slice(0, PATH_STAGES.indexOf(before)).flatMap((check) =>
    check === 'revocation'
      ? []
      : [stepPassed(check, () => SENTENCES[check]([certificate, ...issuers]))],
  );
}

/** A stage that a path has passed, put into words when somebody asks for them, which is seldom. */
export function stepPassed(check: PathStage, say: () => string): PathStep {
  let said: string | undefined;
  return {
    ...{ check, passed: true },
    get detail() {
      return (said ??= say());
    },
  };
}

/** The stages up to the one that a path did not pass. */
export function stagesUntil(refused: PathRefused): readonly PathStep[] {
  const check = stageOf(refused);
  const failed: PathStep = { check, passed: false, detail: explainRefusal(refused) };
  return [...stagesPassed(refused.path ?? [], check), failed];
}

/** Why no revocation list stands in the way of a path. */
export function whatListsSay(mode: RevocationMode, current: PathVerdict): string {
  if (mode === 'off') return 'revocation lists are not asked: trust.revocation is off';
  if (!current.ok) return 'revocation lists are not asked about what is not valid now';
  if (current.revocationChecked && current.lists.length > 0) {
    return `not revoked by ${current.lists.map(describeList).join(', nor by ')}`;
  }
  if (current.revocationChecked) return 'an anchor itself, which is revoked by taking it out';
  return `as trust.revocation is ${mode}: no current revocation list covers it`;
}

function describeList({ issuer, thisUpdate, nextUpdate }: RevocationList): string {
  const due = nextUpdate === undefined ? '' : `, due ${iso(nextUpdate)}`;
  return `the list of ${showDistinguishedName(issuer).slice(0, 120)} (${iso(thisUpdate)}${due})`;
}

function anchorOf(path: Path): string {
  return path.at(-1)?.fingerprint.slice(0, 16) ?? '';
}

function throughOf(path: Path): string {
  const between = path.slice(1, -1).map(nameOf);
  return between.length === 0 ? '' : ` through ${between.join(', ')}`;
}

/** When the first of them ends, or all of them have begun. */
function first(path: Path, field: 'notBefore' | 'notAfter'): string {
  const times = path.map((certificate) => certificate[field]);
  return iso(field === 'notAfter' ? Math.min(...times) : Math.max(...times));
}

function iso(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}
