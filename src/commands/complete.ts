import { join } from 'node:path';
import type { DynamicKind } from '../completion/spec.js';
import { loadConfiguration, type Configuration } from '../config/load.js';
import { readProfileFile } from '../config/profile-file.js';
import { flagOf, isSettingKey, SETTING_KEYS, settingOf } from '../config/settings.js';
import type { SettingFlags } from '../config/resolve.js';
import type { Context } from '../runtime.js';
import { visible } from '../terminal/visible.js';
import { configurationRequest, directoriesFor } from './configuration.js';

/** What a shell asks for. */
export interface CompleteOptions {
  readonly kind: DynamicKind;
  /** The command line up to the cursor; the last word is the one that is being typed. */
  readonly words: readonly string[];
}

/** A value and what it is. */
type Candidate = readonly [value: string, about: string];

/** More are of no use to somebody who looks for one. */
const MOST = 100;

/**
 * Lists values for a command line that is being typed: a line each, a tab before what it is. Only
 * files on this machine are read; what cannot be read has nothing to offer, and says nothing.
 */
export async function run(options: CompleteOptions, context: Context): Promise<void> {
  const candidates = await find(options, context).catch(() => []);
  const lines = candidates.map(([value, about]) => `${value}\t${visible(about)}\n`);
  await context.io.stdout.write(lines.join(''));
}

async function find(
  { kind, words }: CompleteOptions,
  context: Context,
): Promise<readonly Candidate[]> {
  if (kind === 'setting-values') return settingValues(words);
  if (kind === 'profiles') {
    const { profiles } = readProfileFile(directoriesFor(context));
    return [...profiles].map(([name, fields]) => [name, fields.get('peer') ?? '']);
  }
  const configuration = configurationFor(words, context);
  switch (kind) {
    case 'peers':
      return peers(configuration);
    case 'keys':
      return keys(configuration);
    default:
      return fromLedger(kind, configuration);
  }
}

function settingValues(words: readonly string[]): readonly Candidate[] {
  const key = words.at(-2) ?? '';
  return isSettingKey(key) ? (settingOf(key).type.choices ?? []).map((one) => [one, '']) : [];
}

async function peers({ settings, directories }: Configuration): Promise<readonly Candidate[]> {
  const [chainId, directory] = [settings['chain.id'].value, settings.directory.value];
  if (chainId === undefined || directory === undefined) return [];
  const { cachedNames } = await import('../registry/cached-names.js');
  const path = join(directories.cache, 'address-book.db');
  return cachedNames({ path, chainId, address: directory })
    .filter(({ status }) => status !== 'removed')
    .map(({ name, status }) => [name, status]);
}

async function keys({ settings }: Configuration): Promise<readonly Candidate[]> {
  const { KeyStore } = await import('../identity/store.js');
  return new KeyStore(settings.keys.value).list().map(({ label }) => [label, '']);
}

async function fromLedger(
  kind: 'messages' | 'types' | 'refused',
  { profileDirectories }: Configuration,
): Promise<readonly Candidate[]> {
  const { LedgerGlance } = await import('../ledger/glance.js');
  const ledger = new LedgerGlance(join(profileDirectories.state, 'ledger.db'));
  try {
    if (kind === 'types')
      return ledger
        .types()
        .filter(isOneWord)
        .map((type) => [type, '']);
    if (kind === 'refused') {
      return ledger.quarantined(MOST).map(({ number, reason }) => [number, reason]);
    }
    return ledger
      .messages(MOST)
      .map(({ id, direction, peer, type }) => [id, [direction, peer, type].join(' ').trim()]);
  } finally {
    ledger.close();
  }
}

/** Types are the applications' own words; only plain ones can be put on a command line as they are. */
function isOneWord(type: string): boolean {
  return /^[\w.:/@+-]+$/.test(type);
}

/** The configuration that the command line, as far as it is typed, would run with. */
function configurationFor(words: readonly string[], context: Context): Configuration {
  const request = configurationRequest(context);
  const typed = words.slice(0, -1);
  const profile = valueIn(typed, ['--profile', '-p']) ?? request.profile;
  const flags = SETTING_KEYS.map((key) => [key, valueIn(typed, [flagOf(key)])]);
  return loadConfiguration({
    ...{ ...request, profile },
    flags: Object.fromEntries(flags.filter(([, value]) => value !== undefined)) as SettingFlags,
  });
}

function valueIn(words: readonly string[], flags: readonly string[]): string | undefined {
  for (const [index, word] of words.entries()) {
    if (flags.includes(word)) return words[index + 1];
    const flag = flags.find((one) => one.startsWith('--') && word.startsWith(`${one}=`));
    if (flag !== undefined) return word.slice(flag.length + 1);
  }
  return undefined;
}
