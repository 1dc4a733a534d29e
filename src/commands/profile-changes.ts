import { chooseProfile } from '../config/load.js';
import { openProfileStore, type ProfileStore } from '../config/profile-store.js';
import { redact } from '../domain/redact.js';
import type { Context } from '../runtime.js';
import { configurationRequest, directoriesFor, pathBase } from './configuration.js';
import { checkNaming } from './trust-settings.js';

/** Makes a profile the one that is used where none is named. */
export async function use({ name }: { readonly name: string }, context: Context): Promise<void> {
  const used = storeFor(context).use(name);
  await printJson(context, { profile: used });
  context.report.note(`${used} is now the current profile`);
}

/** Changes a setting of the profile in use; without any profile it makes the first one. */
export async function set(
  { key, value }: { readonly key: string; readonly value: string },
  context: Context,
): Promise<void> {
  await change(key, value, context);
}

/** Takes a setting out of the profile in use, so that the built-in value holds again. */
export async function unset({ key }: { readonly key: string }, context: Context): Promise<void> {
  await change(key, undefined, context);
}

async function change(key: string, value: string | undefined, context: Context): Promise<void> {
  if (key === 'trust.naming') checkNaming(value);
  const store = storeFor(context);
  const file = store.read();
  const name = chooseProfile(file, configurationRequest(context));
  if (file.profiles.has(name)) store.set(name, { [key]: value });
  else store.create(name, { [key]: value });
  const text = store.read().profiles.get(name)?.get(key);
  const stored = text === undefined ? undefined : redact(text);
  await printJson(context, { profile: name, key, value: stored ?? null });
  context.report.note(
    stored === undefined ? `${name}: ${key} is no longer set` : `${name}: ${key} = ${stored}`,
  );
}

/** Forgets a profile's settings, once that was confirmed. */
export async function remove(
  { name, yes }: { readonly name: string; readonly yes?: boolean | undefined },
  context: Context,
): Promise<void> {
  const store = storeFor(context);
  const known = chooseProfile(store.read(), { env: {}, profile: name });
  if (yes !== true && !(await confirmRemoval(known, context))) {
    context.report.note(`profile ${known} stays`);
    return;
  }
  store.remove(known);
  await printJson(context, { profile: known });
  context.report.note(`removed profile ${known}; its keys and its ledger stay where they are`);
}

function confirmRemoval(name: string, { prompter }: Context): Promise<boolean> {
  const message = `Remove profile ${name}?`;
  return prompter.confirm({ message, flag: '--yes', default: false });
}

function storeFor(context: Context): ProfileStore {
  return openProfileStore(directoriesFor(context), pathBase());
}

async function printJson({ io, json }: Context, object: object): Promise<void> {
  if (json) await io.stdout.write(`${JSON.stringify(object)}\n`);
}
