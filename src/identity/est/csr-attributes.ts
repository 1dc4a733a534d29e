import { Asn1Error, Asn1Reader, encodingOf, readSingle, type Element } from '../../asn1/reader.js';
import { oidToDotted } from '../../asn1/object-identifier.js';
import { TAG, oidOf, smallInteger } from '../../asn1/values.js';
import { CertificateError, type Extension } from '../../x509/certificate.js';
import { readExtensions } from '../../x509/extension-list.js';
import { readExtendedKeyUsage, readSubjectAltName } from '../../x509/extension-values.js';
import { CURVE, EXTENSION, KEY } from '../../x509/oids.js';
import { EXTENSION_REQUEST } from '../../x509/request.js';
import { extension } from '../../x509/write-extensions.js';
import type { RequestAdditions } from '../request.js';
import type { KeyType } from '../software-key.js';

/** What an authority wants requests to be like (RFC 7030, section 4.5.2; RFC 8951, section 3.4). */
export interface CsrAttributes {
  /** The kinds of key it names, in its order; empty where it names none that msg makes. */
  readonly keyTypes: readonly KeyType[];
  readonly additions: RequestAdditions;
  /** Whether requests should be bound to the TLS session (RFC 7030, section 3.5). */
  readonly wantsChannelBinding: boolean;
  /** What else it names, by dotted object identifier: nothing of it gets into a request. */
  readonly ignored: readonly string[];
}

/** What holds where an authority says nothing. */
export const NO_ATTRIBUTES: CsrAttributes = {
  keyTypes: [],
  additions: { purposes: [], names: [], extensions: [] },
  wantsChannelBinding: false,
  ignored: [],
};

/** PKCS#9 challengePassword (RFC 2985, section 5.4.1). */
const CHALLENGE_PASSWORD = '2a864886f70d010907';

/** More than this is no wish but an attack. */
const MAX_ATTRIBUTES = 64;

/** RSA moduli that msg makes, in bits. */
const RSA_TYPES = [2048, 3072, 4096] as const;

/**
 * Reads CsrAttrs. Extensions that come with their values are to be in the request; those that are
 * only named are left to the authority.
 *
 * @throws Asn1Error or CertificateError when it is malformed.
 */
export function readCsrAttributes(der: Uint8Array): CsrAttributes {
  const list = new Asn1Reader(der).into(readSingle(der, TAG.sequence));
  const found = new Wishes();
  for (let count = 0; !list.done; count++) {
    if (count >= MAX_ATTRIBUTES) throw new Asn1Error('too many attributes');
    if (list.peek() === TAG.oid) found.addName(oidOf(list.take()));
    else found.addAttribute(list.enter(TAG.sequence));
  }
  return found.result();
}

class Wishes {
  readonly #keyTypes: KeyType[] = [];
  readonly #purposes: string[] = [];
  readonly #names: Uint8Array[] = [];
  readonly #extensions: Uint8Array[] = [];
  readonly #ignored: string[] = [];
  #wantsChannelBinding = false;

  result(): CsrAttributes {
    return {
      keyTypes: [...new Set(this.#keyTypes)],
      additions: {
        purposes: this.#purposes,
        names: this.#names,
        extensions: this.#extensions,
      },
      wantsChannelBinding: this.#wantsChannelBinding,
      ignored: this.#ignored,
    };
  }

  addName(oid: string): void {
    if (oid === CHALLENGE_PASSWORD) this.#wantsChannelBinding = true;
    else if (oid === KEY.rsa) this.#keyTypes.push('rsa3072');
    else if (oid === KEY.ec) this.#keyTypes.push('p256');
    else this.#ignored.push(oidToDotted(oid));
  }

  addAttribute(attribute: Asn1Reader): void {
    const type = oidOf(attribute.take());
    const values = attribute.enter(TAG.set);
    attribute.finish();
    if (type === KEY.ec) this.#addCurves(values);
    else if (type === KEY.rsa) this.#addSizes(values);
    else if (type === EXTENSION_REQUEST) this.#addExtensions(values);
    else this.addName(type);
  }

  #addCurves(values: Asn1Reader): void {
    while (!values.done) {
      const curve = oidOf(values.take(TAG.oid));
      if (curve === CURVE.p256) this.#keyTypes.push('p256');
      else if (curve === CURVE.p384) this.#keyTypes.push('p384');
      else this.#ignored.push(oidToDotted(curve));
    }
  }

  #addSizes(values: Asn1Reader): void {
    while (!values.done) {
      const bits = smallInteger(values.take(TAG.integer));
      const size = RSA_TYPES.find((one) => one >= bits);
      if (size === undefined) this.#ignored.push(`rsa${bits}`);
      else this.#keyTypes.push(`rsa${size}`);
    }
  }

  /** RFC 7030 shows bare object identifiers here, RFC 8951 whole Extensions; servers send either. */
  #addExtensions(values: Asn1Reader): void {
    while (!values.done) {
      if (values.peek() === TAG.oid) {
        this.#ignored.push(oidToDotted(oidOf(values.take())));
        continue;
      }
      const list = values.take(TAG.sequence);
      if (values.into(list).peek() === TAG.oid) this.#ignoreNames(values.into(list));
      else this.#addAll(readExtensions(readerAt(values, list)));
    }
  }

  #ignoreNames(names: Asn1Reader): void {
    while (!names.done) this.#ignored.push(oidToDotted(oidOf(names.take(TAG.oid))));
  }

  #addAll(extensions: readonly Extension[]): void {
    for (const one of extensions) this.#addExtension(one);
  }

  #addExtension({ oid, critical, value }: Extension): void {
    if (oid === EXTENSION.keyUsage) return;
    if (oid === EXTENSION.extKeyUsage) {
      this.#purposes.push(...readExtendedKeyUsage(value));
    } else if (oid === EXTENSION.subjectAltName) {
      this.#names.push(...namesIn(value));
    } else {
      this.#extensions.push(extension(oid, value, critical));
    }
  }
}

/** A reader that stands before an element which was taken already. */
function readerAt({ source, rules }: Asn1Reader, element: Element): Asn1Reader {
  const { start, end, depth } = element;
  return new Asn1Reader(source, rules, {
    ...element,
    contentStart: start,
    contentEnd: end,
    depth: depth - 1,
  });
}

/** The names of a subjectAltName, each as it is encoded. */
function namesIn(value: Uint8Array): Uint8Array[] {
  if (readSubjectAltName(value).length === 0) throw new CertificateError('an empty list of names');
  const list = new Asn1Reader(value).enter(TAG.sequence);
  const names: Uint8Array[] = [];
  while (!list.done) names.push(encodingOf(list.take()));
  return names;
}
