import { inspect } from 'node:util';
import { MsgError } from '../errors.js';

/** Where a secret is to be found. Profiles and flags hold these, never the secret. */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'cmd'; readonly command: string }
  | { readonly kind: 'prompt' };

const REDACTED = '[secret]';

/** A secret that does not print: only {@link Secret.reveal} gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Reads `file:PATH`, `env:NAME`, `cmd:COMMAND` or `prompt`.
 *
 * @throws MsgError `config` that does not repeat the text: it may be the secret itself.
 */
export function parseSecretReference(text: string): SecretReference {
  if (text === 'prompt') return { kind: 'prompt' };
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1).trim();
  const kind = rest === '' ? '' : text.slice(0, Math.max(colon, 0));
  if (kind === 'file') return { kind, path: rest };
  if (kind === 'cmd') return { kind, command: rest };
  if (kind === 'env' && VARIABLE.test(rest)) return { kind, name: rest };
  throw new MsgError('config', 'not a reference to a secret', {
    hint: 'write file:PATH, env:NAME, cmd:COMMAND or prompt, never the secret itself',
  });
}

/** The text that {@link parseSecretReference} reads back. */
export function formatSecretReference(reference: SecretReference): string {
  switch (reference.kind) {
    case 'file':
      return `file:${reference.path}`;
    case 'env':
      return `env:${reference.name}`;
    case 'cmd':
      return `cmd:${reference.command}`;
    case 'prompt':
      return 'prompt';
  }
}
