import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { parseJson } from '../config/json-text.js';
import { absolute } from '../config/value-type.js';
import { suggestion } from '../domain/nearest.js';
import { isPeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { parsePeerNamingPolicy, type NamingPolicy } from '../trust/naming.js';
import { REVOCATION_MODES, type RevocationMode } from '../trust/options.js';

/** What holds for a single peer in place of the profile's settings; what is absent follows these. */
export interface PeerRule {
  /** Files and directories, absolute: this peer's certificate has to lead to one of these alone. */
  readonly anchors?: readonly string[];
  readonly naming?: NamingPolicy;
  readonly revocation?: RevocationMode;
}

const FIELDS = ['anchors', 'naming', 'revocation'] as const;

/**
 * Reads the file of the setting `trust.peers`: a JSON object of peers' names, each with `anchors` (paths,
 * relative ones from the file's directory), `naming` and `revocation` as the settings of these names.
 *
 * @throws MsgError `config` naming the file and what is wrong with it.
 */
export function readPeerRules(path: string): ReadonlyMap<PeerName, PeerRule> {
  const peers = objectOf(jsonIn(path), 'it has to be an object of peers', path);
  return new Map(
    Object.entries(peers).map(([name, value]) => {
      if (!isPeerName(name))
        throw wrong(path, `${JSON.stringify(name.slice(0, 80))} is no peer's name`);
      return [name, ruleOf(name, value, path)];
    }),
  );
}

function jsonIn(path: string): unknown {
  const outcome = parseJson(textIn(path));
  if (outcome.ok) return outcome.value;
  const { line, column } = outcome.position;
  throw wrong(path, `line ${line}, column ${column}: expected ${outcome.expected}`);
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new MsgError('config', `cannot read ${path}${code}`, {
      hint: 'check the setting trust.peers',
      cause: error,
    });
  }
}

function ruleOf(name: PeerName, value: unknown, path: string): PeerRule {
  const fields = objectOf(value, `${name} has to be an object`, path);
  const unknown = Object.keys(fields).find((field) => !FIELDS.some((one) => one === field));
  if (unknown !== undefined) {
    const hint = suggestion(unknown, FIELDS, `there are ${FIELDS.join(', ')}`);
    throw wrong(path, `${name}: no field ${JSON.stringify(unknown.slice(0, 80))}`, hint);
  }
  const { anchors, naming, revocation } = fields;
  return {
    ...(anchors === undefined ? {} : { anchors: pathsOf(anchors, name, path) }),
    ...(naming === undefined ? {} : { naming: namingOf(naming, name, path) }),
    ...(revocation === undefined ? {} : { revocation: modeOf(revocation, name, path) }),
  };
}

function pathsOf(value: unknown, name: PeerName, path: string): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.filter((item) => typeof item === 'string' && item !== '');
  if (texts.length === 0 || texts.length !== items.length) {
    throw wrong(path, `${name}: anchors has to be a path or a list of paths`);
  }
  const base = { directory: dirname(path), home: homedir() };
  return texts.map((text) => absolute(String(text), base));
}

function namingOf(value: unknown, name: PeerName, path: string): NamingPolicy {
  try {
    return parsePeerNamingPolicy(typeof value === 'string' ? value : '');
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    throw wrong(path, `${name}: ${error.message}`, error.hint);
  }
}

function modeOf(value: unknown, name: PeerName, path: string): RevocationMode {
  const mode = REVOCATION_MODES.find((one) => one === value);
  if (mode !== undefined) return mode;
  throw wrong(path, `${name}: revocation has to be one of ${REVOCATION_MODES.join(', ')}`);
}

function objectOf(value: unknown, what: string, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw wrong(path, what);
}

function wrong(path: string, message: string, hint = 'see "trust.peers" in docs/configuration.md') {
  return new MsgError('config', `${path}: ${message}`, { hint });
}
