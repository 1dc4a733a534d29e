import type { NameConstraints } from '../x509/extension-values.js';
import { directoryName, type GeneralName, type GeneralNameType } from '../x509/general-name.js';
import { readName, textOf } from '../x509/name.js';
import type { Interpreted } from './interpret.js';
import { matchesSubtree } from './subtrees.js';

/** id-pkcs9-at-emailAddress. */
const EMAIL_ADDRESS = '2a864886f70d010901';
/** id-on-SmtpUTF8Mailbox (RFC 9598): a mailbox, whose host rfc822Name constraints cover. */
const SMTP_UTF8_MAILBOX = '2b06010505070809';

/** What is wrong with a certificate's names. */
export interface NameViolation {
  readonly reason: 'name-constraints' | 'too-complex';
  readonly message: string;
}

/**
 * The name constraints that the issuers passed so far impose on what they issue (RFC 5280, sections
 * 4.2.1.10, 6.1.3 b and c, 6.1.4 g).
 *
 * Permitted subtrees are kept as one list an issuer, and a name must lie within each list that has
 * its type: the same as intersecting them, without the work.
 */
export class NameConstraintState {
  readonly #permitted: (readonly GeneralName[])[] = [];
  readonly #excluded: GeneralName[] = [];
  #budget: number;

  /** @param budget how many times a name may be compared with a subtree in the whole path. */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Adds what one more issuer permits and excludes. */
  impose(constraints: NameConstraints): void {
    if (constraints.permitted.length > 0) this.#permitted.push(constraints.permitted);
    this.#excluded.push(...constraints.excluded);
  }

  /** Judges the names of a certificate further down. */
  check(certificate: Interpreted): NameViolation | undefined {
    if (this.#permitted.length === 0 && this.#excluded.length === 0) return undefined;
    for (const name of namesOf(certificate)) {
      const violation = this.#checkName(name);
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  #checkName(name: GeneralName): NameViolation | undefined {
    const sameType = ({ type }: GeneralName): boolean => type === name.type;
    const excluded = this.#excluded.filter(sameType);
    const permitted = this.#permitted
      .map((list) => list.filter(sameType))
      .filter((list) => list.length > 0);
    if (excluded.length === 0 && permitted.length === 0) return undefined;
    this.#budget -= permitted.reduce((sum, list) => sum + list.length, excluded.length);
    if (this.#budget < 0) {
      return { reason: 'too-complex', message: 'too many names and name constraints' };
    }
    if (excluded.some((subtree) => matchesSubtree(name, subtree) !== 'outside')) {
      return violation(name, 'is one that an issuer excludes');
    }
    const isPermitted = permitted.every((list) =>
      list.some((subtree) => matchesSubtree(name, subtree) === 'inside'),
    );
    return isPermitted ? undefined : violation(name, 'is not one that every issuer permits');
  }
}

function violation(name: GeneralName, problem: string): NameViolation {
  return { reason: 'name-constraints', message: `${describe(name)} ${problem}` };
}

const KINDS: Readonly<Record<GeneralNameType, string>> = {
  email: 'the e-mail address',
  dns: 'the DNS name',
  uri: 'the URI',
  ip: 'the IP address',
  directory: 'the distinguished name',
  other: 'a name of another type',
  x400: 'the X.400 address',
  edi: 'the EDI party name',
  'registered-id': 'the registered identifier',
};

function describe(name: GeneralName): string {
  const kind = KINDS[name.type];
  return typeof name.value === 'string'
    ? `${kind} ${JSON.stringify(name.value.slice(0, 80))}`
    : kind;
}

/** All names that constraints apply to: alternative names, the subject, and mailboxes within both. */
function namesOf(certificate: Interpreted): readonly GeneralName[] {
  const subject = certificate.certificate.subject;
  const directory: GeneralName[] = certificate.subject === '' ? [] : [directoryName(subject)];
  const mailboxes = certificate.subjectAltName.flatMap((name) =>
    name.type === 'other' && name.oid === SMTP_UTF8_MAILBOX
      ? [{ type: 'email' as const, value: textOf(name.value) ?? '' }]
      : [],
  );
  return [...certificate.subjectAltName, ...directory, ...mailboxes, ...subjectEmails(subject)];
}

/**
 * RFC 5280 asks for this only where there is no subjectAltName; a reader may show the address all
 * the same, so it is always held to the constraints.
 */
function subjectEmails(subject: Uint8Array): GeneralName[] {
  return readName(subject)
    .flat()
    .filter(({ oid }) => oid === EMAIL_ADDRESS)
    .map(({ value }) => ({ type: 'email', value: textOf(value) ?? '' }));
}
