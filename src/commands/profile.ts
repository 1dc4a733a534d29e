import { checkConfiguration, describeSettings, type Problem } from '../config/check.js';
import { chooseProfile, loadConfiguration, sourcesOf } from '../config/load.js';
import { readProfileFile, type ProfileFile } from '../config/profile-file.js';
import { MsgError } from '../errors.js';
import type { Context } from '../runtime.js';
import { renderTable } from '../terminal/table.js';
import { configurationRequest, directoriesFor } from './configuration.js';
import { fileProblems } from './file-settings.js';
import { trustProblems } from './trust-settings.js';

/** Which profile is meant; the one in use where it is not named. */
export interface NamedProfile {
  readonly name?: string | undefined;
}

/** Lists the profiles and marks the one in use. */
export async function list(_options: object, context: Context): Promise<void> {
  const file = readProfileFile(directoriesFor(context));
  const current = inUse(file, context);
  const rows = [...file.profiles].map(([name, fields]) => ({
    ...{ name, current: name === current },
    peer: fields.get('peer') ?? null,
    transport: fields.get('transport') ?? null,
  }));
  await print(
    context,
    rows.map((row) => JSON.stringify(row)),
    {
      columns: [{ title: '' }, { title: 'name', whole: true }, { title: 'peer' }, TRANSPORT],
      rows: rows.map(({ name, current: used, peer, transport }) => [
        ...[used ? '*' : '', name, peer ?? '', transport ?? ''],
      ]),
    },
  );
  if (rows.length === 0) context.report.note('there is no profile; create one with: msg init');
}

const TRANSPORT = { title: 'transport' };

/** Shows every setting that has a value; with `origin` all of them, and where each came from. */
export async function show(
  options: NamedProfile & { readonly origin?: boolean | undefined },
  context: Context,
): Promise<void> {
  const { profile, file, settings } = loadConfiguration(requestFor(options.name, context));
  const rows = describeSettings(settings);
  const origin = options.origin === true;
  const shown = rows.filter(({ value }) => origin || value !== undefined);
  const values = rows.map(({ key, value, origin: from }) => [
    ...[key, { value: value ?? null, origin: from }],
  ]);
  const object = { profile, file, settings: Object.fromEntries(values) as unknown };
  await print(context, [JSON.stringify(object)], {
    columns: [SETTING, { title: 'value' }, ...(origin ? [{ title: 'origin', whole: true }] : [])],
    rows: shown.map(({ key, value, origin: from }) => [
      ...[key, value ?? ''],
      ...(origin ? [from] : []),
    ]),
  });
}

const SETTING = { title: 'setting', whole: true };

/** Prints what is wrong with a profile; the exit code is 2 when it cannot work. */
export async function validate(options: NamedProfile, context: Context): Promise<void> {
  const request = requestFor(options.name, context);
  const directories = directoriesFor(context);
  const file = readProfileFile(directories);
  const profile = chooseProfile(file, request);
  const sources = sourcesOf({ file, directories, profile }, request);
  const found = checkConfiguration(sources);
  const problems = [...found, ...trustProblems(sources, found), ...fileProblems(sources, found)];
  await print(
    context,
    problems.map((problem) => JSON.stringify({ profile, ...problem })),
    {
      columns: [{ title: 'level' }, SETTING, { title: 'problem' }, { title: 'hint' }],
      rows: problems.map(({ level, key, message, hint }) => [level, key, message, hint ?? '']),
    },
  );
  const errors = problems.filter(isError).length;
  if (errors > 0) context.exitWith(new MsgError('config', 'the profile is wrong').exitCode);
  context.report.note(verdictOn(profile, problems.length, errors));
}

function isError({ level }: Problem): boolean {
  return level === 'error';
}

function verdictOn(profile: string, problems: number, errors: number): string {
  if (problems === 0) return `profile ${profile} is right`;
  const warnings = problems - errors;
  return `profile ${profile}: ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function inUse(file: ProfileFile, context: Context): string | undefined {
  try {
    return chooseProfile(file, configurationRequest(context));
  } catch {
    return undefined; // A list says which profiles there are also when the one named is not among them.
  }
}

function requestFor(name: string | undefined, context: Context) {
  const request = configurationRequest(context);
  return { ...request, profile: name ?? request.profile };
}

async function print(
  { io, json }: Context,
  lines: readonly string[],
  table: Parameters<typeof renderTable>[0],
): Promise<void> {
  const text = json ? lines.map((line) => `${line}\n`).join('') : renderTable(table, io.stdout);
  await io.stdout.write(text);
}
