import { oidFromDotted } from '../asn1/object-identifier.js';
import { Asn1Error } from '../asn1/reader.js';
import type { PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { parseDistinguishedName } from '../x509/distinguished-name.js';

/** Where a peer's name stands in a template. */
const PLACEHOLDER = '{name}';

/**
 * Where a certificate carries its peer's name. Templates hold `{name}` once; those for a single peer
 * may do without, and are then what the certificate has to carry, word for word.
 *
 * - `uri`, `dns`: a subjectAltName of that type
 * - `other-name`: an otherName of this type (object identifier's contents in hexadecimal) with a
 *   UTF8String
 * - `subject`: the whole subject, as RFC 4514 text
 * - `organisation`: the subject's only organizationName
 */
export type NamingPolicy = { readonly template: string } & (
  | { readonly kind: 'uri' | 'dns' | 'subject' | 'organisation' }
  | { readonly kind: 'other-name'; readonly oid: string }
);

/** How often the template has to hold the placeholder. */
type Placeholders = 'once' | 'at most once';

/**
 * Reads a naming policy as the setting `trust.naming` spells it: `uri:msg://{name}`,
 * `dns:{name}.peers.example`, `other-name:1.3.6.1.4.1.99999.1` (then `:` and a template, if the value
 * is more than the name), `subject:CN={name},O=Example`, `organisation:{name}`.
 *
 * @throws MsgError `config` for anything else.
 */
export function parseNamingPolicy(text: string): NamingPolicy {
  return parse(text, 'once');
}

/**
 * Reads a naming policy for a single peer, which may name it by something that has nothing to do with
 * its name in the directory: `subject:CN=Seals,O=Acme AG,C=CH`.
 *
 * @throws MsgError `config`
 */
export function parsePeerNamingPolicy(text: string): NamingPolicy {
  return parse(text, 'at most once');
}

function parse(text: string, placeholders: Placeholders): NamingPolicy {
  const [, kind = '', rest = ''] = /^([a-z-]+):(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case 'uri':
      if (!/^[a-z][a-z0-9+.-]*:/i.test(rest)) throw malformed(text, 'a URI begins with a scheme');
      return { kind, template: checkTemplate(rest, text, placeholders) };
    case 'dns':
    case 'organisation':
      return { kind, template: checkTemplate(rest, text, placeholders) };
    case 'subject':
      return { kind, template: checkSubject(checkTemplate(rest, text, placeholders), text) };
    case 'other-name':
      return otherNamePolicy(rest, text, placeholders);
    default:
      throw malformed(text, 'it begins with uri:, dns:, other-name:, subject: or organisation:');
  }
}

/** The template with a peer's name in it. */
export function fillTemplate(template: string, name: PeerName): string {
  return template.replace(PLACEHOLDER, () => name);
}

/**
 * Whether a text is the template with anything at all in the name's place: then it could be some
 * peer's name. A template without that place says nothing about what could be other peers' names.
 */
export function fitsTemplate(template: string, text: string): boolean {
  const [before = '', after] = template.split(PLACEHOLDER);
  if (after === undefined) return text === template;
  return (
    text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  );
}

function otherNamePolicy(rest: string, text: string, placeholders: Placeholders): NamingPolicy {
  const [dotted = '', ...template] = rest.split(':');
  try {
    const oid = oidFromDotted(dotted);
    const filled = template.length === 0 ? PLACEHOLDER : template.join(':');
    return { kind: 'other-name', oid, template: checkTemplate(filled, text, placeholders) };
  } catch (error) {
    if (!(error instanceof Asn1Error)) throw error;
    throw malformed(
      text,
      'after other-name: comes an object identifier such as 1.3.6.1.4.1.99999.1',
    );
  }
}

function checkTemplate(template: string, text: string, placeholders: Placeholders): string {
  const count = template.split(PLACEHOLDER).length - 1;
  if (count === 1 || (count === 0 && placeholders === 'at most once' && template !== '')) {
    return template;
  }
  throw malformed(text, `the template holds ${PLACEHOLDER} ${placeholders}`);
}

/** A subject that could never be read is found now, not at the first message. */
function checkSubject(template: string, text: string): string {
  try {
    parseDistinguishedName(template.replace(PLACEHOLDER, 'name'));
    return template;
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    throw malformed(text, `${error.message}${error.hint === undefined ? '' : `: ${error.hint}`}`);
  }
}

function malformed(text: string, hint: string): MsgError {
  return new MsgError('config', `not a naming policy: ${JSON.stringify(text.slice(0, 80))}`, {
    hint,
  });
}
