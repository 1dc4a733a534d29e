import type { ProfileChanges, ProfileStore } from '../config/profile-store.js';
import { sourcesOf } from '../config/load.js';
import { readProfileFile } from '../config/profile-file.js';
import { DEFAULT_PROFILE, parseProfileName, type ProfileName } from '../config/profile-name.js';
import { describeOrigin } from '../config/resolve.js';
import { flagOf, SETTING_KEYS, variableOf, type SettingKey } from '../config/settings.js';
import { settleText } from '../config/setting-text.js';
import { redact } from '../domain/redact.js';
import { MsgError } from '../errors.js';
import type { Context } from '../runtime.js';
import { configurationRequest, directoriesFor, pathBase } from './configuration.js';
import { fileProblems } from './file-settings.js';
import { askOpenQuestions, faultOf } from './init-ask.js';
import { openQuestions, placeholderOf } from './init-questions.js';
import { checkNaming } from './trust-settings.js';

/** What `msg init` was asked for, beside the settings that came as flags. */
export interface InitOptions {
  readonly force?: boolean | undefined;
}

/** Sets up a profile: flags and environment answer first, a person at the terminal the rest. */
export async function run(options: InitOptions, context: Context): Promise<void> {
  const { openProfileStore } = await import('../config/profile-store.js');
  const store = openProfileStore(directoriesFor(context), pathBase());
  const given = givenSettings(context);
  refuseGaps(given, context);
  const name = await chooseName(store, context);
  const old = store.read().profiles.get(name);
  if (old !== undefined && !(await mayReplace(name, options, context))) {
    context.report.note(`profile ${name} stays as it is`);
    return;
  }
  const answers = await askOpenQuestions(given, old ?? new Map<string, string>(), context);
  save(store, name, answers);
  warnOfFiles(name, context);
  await tell(store, name, context);
}

/** A profile may be set up before the files that it names are there; that they are not is said. */
function warnOfFiles(name: ProfileName, context: Context): void {
  const request = { ...configurationRequest(context), profile: name };
  const directories = directoriesFor(context);
  const file = readProfileFile(directories);
  const sources = sourcesOf({ file, directories, profile: name }, request);
  for (const { key, message, hint } of fileProblems(sources, [])) {
    context.report.warn(`${key}: ${message}`, hint);
  }
}

/** The settings that flags and environment answer; a wrong one ends it before anything is asked. */
function givenSettings({ globals, io }: Context): Map<SettingKey, string> {
  const given = new Map<SettingKey, string>();
  for (const key of SETTING_KEYS) {
    const flag = globals.settings[key];
    const variable = io.env[variableOf(key)];
    const text = flag ?? (variable === '' ? undefined : variable);
    if (text === undefined) continue;
    const origin =
      flag === undefined
        ? ({ kind: 'environment', name: variableOf(key) } as const)
        : ({ kind: 'flag', name: flagOf(key) } as const);
    const place = { base: pathBase(), from: describeOrigin(origin) };
    given.set(key, settleText(key, text, place).text);
  }
  checkNaming(given.get('trust.naming'));
  return given;
}

/** Without a terminal everything has to be answered already; what is not is named all at once. */
function refuseGaps(given: ReadonlyMap<SettingKey, string>, { prompter }: Context): void {
  if (prompter.available) return;
  const missing = openQuestions(given).filter(({ optional }) => optional !== true);
  if (missing.length === 0) return;
  const keys = missing.map(({ key }) => key);
  const flags = keys.map((key) => `${flagOf(key)} ${placeholderOf(key)}`);
  throw new MsgError('usage', `nobody can be asked for ${keys.join(', ')}`, {
    hint: `answer with ${flags.join(' ')}; or run it at a terminal`,
  });
}

async function chooseName(store: ProfileStore, context: Context): Promise<ProfileName> {
  const { globals, io, prompter } = context;
  const named = globals.profile ?? io.env['MSG_PROFILE'];
  if (named !== undefined && named !== '') return parseProfileName(named);
  if (!prompter.available) return DEFAULT_PROFILE;
  const isFirst = store.read().profiles.size === 0;
  const name = await prompter.input({
    message: 'Name of the profile',
    flag: '--profile NAME',
    ...(isFirst ? { default: DEFAULT_PROFILE } : {}),
    check: (answer) => faultOf(() => parseProfileName(answer)),
  });
  return parseProfileName(name);
}

async function mayReplace(
  name: ProfileName,
  { force }: InitOptions,
  { prompter }: Context,
): Promise<boolean> {
  if (force === true) return true;
  const message = `Profile ${name} exists. Replace it?`;
  return prompter.confirm({ message, flag: '--force', default: false });
}

/** One write, whether the profile is new or takes the place of another. */
function save(
  store: ProfileStore,
  name: ProfileName,
  answers: ReadonlyMap<SettingKey, string>,
): void {
  const old = store.read().profiles.get(name);
  const changes: ProfileChanges = Object.fromEntries(answers);
  if (old === undefined) {
    store.create(name, changes);
    return;
  }
  const cleared = Object.fromEntries([...old.keys()].map((key) => [key, undefined]));
  store.set(name, { ...cleared, ...changes });
}

async function tell(store: ProfileStore, name: ProfileName, context: Context): Promise<void> {
  const { io, json, report } = context;
  const { path, current, profiles } = store.read();
  const fields = [...(profiles.get(name) ?? [])];
  const settings = Object.fromEntries(fields.map(([key, text]) => [key, redact(text)]));
  const next = nextSteps(name, {
    isCurrent: current === name,
    peer: settings['peer'] ?? 'PEER',
    hasAccount: settings['account'] !== undefined,
  });
  const object = { profile: name, file: path, settings, next: next.map(([command]) => command) };
  await io.stdout.write(json ? `${JSON.stringify(object)}\n` : `${name}\n`);
  report.note(`profile ${name} is in ${path}`);
  report.note('what comes next:');
  const width = Math.max(...next.map(([command]) => command.length));
  for (const [command, about] of next) report.note(`  ${command.padEnd(width)}  ${about}`);
}

/** The way from a profile to the first message. */
function nextSteps(
  name: ProfileName,
  { isCurrent, peer, hasAccount }: { isCurrent: boolean; peer: string; hasAccount: boolean },
): readonly (readonly [command: string, about: string])[] {
  return [
    ...(isCurrent ? [] : [[`msg profile use ${name}`, 'make it the current profile'] as const]),
    ['msg identity create', 'make a key, and a request for the certificate authority'],
    ['msg identity import FILE', 'take in the certificate that it issues'],
    ...(hasAccount ? [] : [['msg account create', 'make the account that publishes it'] as const]),
    [`msg registry admit ${peer} --owner 0x…`, 'for the registrar of the directory to run'],
    ['msg register', 'publish your certificate in the directory'],
    ['msg inbox create', 'create the topic that others send to'],
  ];
}
