import type { GeneralName } from '../x509/general-name.js';

/** `unclear`: the name or the subtree is not well-formed, or of a type that nothing here compares. */
export type SubtreeMatch = 'inside' | 'outside' | 'unclear';

/** No name that is compared with thousands of subtrees need be longer. */
const MAX_TEXT = 2048;

/**
 * Whether a name lies within a subtree of the same type (RFC 5280, section 4.2.1.10). What is
 * `unclear` must count neither as permitted nor as not excluded.
 */
export function matchesSubtree(name: GeneralName, subtree: GeneralName): SubtreeMatch {
  if (name.type === 'directory' && subtree.type === 'directory') {
    return answer(isPrefix(subtree.rdns, name.rdns));
  }
  if (name.type === 'ip' && subtree.type === 'ip') return matchIp(name.value, subtree.value);
  if (typeof name.value !== 'string' || typeof subtree.value !== 'string') return 'unclear';
  if (name.value.length > MAX_TEXT) return 'unclear';
  switch (name.type) {
    case 'dns':
      return matchDns(name.value, subtree.value);
    case 'email':
      return matchEmail(name.value, subtree.value);
    case 'uri':
      return matchUri(name.value, subtree.value);
    default:
      return 'unclear';
  }
}

function answer(isInside: boolean): SubtreeMatch {
  return isInside ? 'inside' : 'outside';
}

/** A distinguished name lies within a subtree when it begins with all of its RDNs. */
function isPrefix(subtree: readonly string[], name: readonly string[]): boolean {
  return subtree.every((rdn, index) => rdn === name[index]);
}

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const DOTTED_QUAD = /^\d+(?:\.\d+){3}$/;

/** A host name in lower case, or undefined for what is none (also IP addresses, trailing dots). */
function hostOf(text: string): string | undefined {
  const host = text.toLowerCase();
  return host.length <= 253 && HOST.test(host) && !DOTTED_QUAD.test(host) ? host : undefined;
}

/**
 * `example.com` covers itself and all below it, `.example.com` only what is below, an empty subtree
 * everything. A wildcard name may stand for one that is excluded, hence `unclear` there.
 */
function matchDns(name: string, subtree: string): SubtreeMatch {
  const isWildcard = name.startsWith('*.');
  const host = hostOf(isWildcard ? name.slice(2) : name);
  const base = hostOf(subtree.startsWith('.') ? subtree.slice(1) : subtree);
  if (host === undefined) return 'unclear';
  if (subtree === '') return 'inside';
  if (base === undefined) return 'unclear';
  if (host.endsWith(`.${base}`)) return 'inside';
  if (host === base) return answer(isWildcard || !subtree.startsWith('.'));
  return isWildcard && base.endsWith(`.${host}`) ? 'unclear' : 'outside';
}

/** `host` covers its mailboxes, `.host` those of the hosts below, `user@host` that one alone. */
function matchEmail(name: string, subtree: string): SubtreeMatch {
  const mailbox = mailboxOf(name);
  if (mailbox === undefined) return 'unclear';
  if (!subtree.includes('@')) return matchHost(mailbox.host, subtree);
  const only = mailboxOf(subtree);
  if (only === undefined) return 'unclear';
  return answer(only.local === mailbox.local && only.host === mailbox.host);
}

/** Quoted local parts (RFC 5321, section 4.1.2) could hide another `@`; nobody's certificate has one. */
function mailboxOf(text: string): { readonly local: string; readonly host: string } | undefined {
  const [local = '', domain = '', ...rest] = text.split('@');
  const host = hostOf(domain);
  const isPlain = rest.length === 0 && /^[^\s"(),:;<>[\\\]]+$/.test(local);
  return isPlain && host !== undefined ? { local, host } : undefined;
}

/** `host` covers that host alone, `.host` all below it but not itself. */
function matchHost(host: string, subtree: string): SubtreeMatch {
  const isDomain = subtree.startsWith('.');
  const base = hostOf(isDomain ? subtree.slice(1) : subtree);
  if (base === undefined) return 'unclear';
  return answer(isDomain ? host.endsWith(`.${base}`) : host === base);
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@\\]*@)?([^/?#@:\\]*)(?::\d*)?(?:[/?#]|$)/i;

/** A constraint covers the host; a URI without one cannot satisfy any (RFC 5280). */
function matchUri(name: string, subtree: string): SubtreeMatch {
  const host = hostOf(AUTHORITY.exec(name)?.[1] ?? '');
  return host === undefined ? 'unclear' : matchHost(host, subtree);
}

/** A subtree is an address and a mask of ones followed by zeros (RFC 4632). */
function matchIp(address: Uint8Array, subtree: Uint8Array): SubtreeMatch {
  if (![4, 16].includes(address.length)) return 'unclear';
  if (![8, 32].includes(subtree.length)) return 'unclear';
  const half = subtree.length / 2;
  const mask = subtree.subarray(half);
  if (!isPrefixMask(mask)) return 'unclear';
  if (address.length !== half) return 'outside';
  const differs = (octet: number, index: number): boolean =>
    ((octet ^ (subtree[index] ?? 0)) & (mask[index] ?? 0)) !== 0;
  return answer(!address.some(differs));
}

function isPrefixMask(mask: Uint8Array): boolean {
  const bits = Array.from(mask, (octet) => octet.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits);
}
