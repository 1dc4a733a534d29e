import { Asn1Error, contentOf, encodingOf, type Asn1Reader, type Element } from '../asn1/reader.js';
import { contextTag, oidOf, TAG } from '../asn1/values.js';
import { rdnKeys } from './name.js';

/** A GeneralName (RFC 5280, section 4.2.1.6). */
export type GeneralName =
  | { readonly type: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly value: Uint8Array }
  /** `value` is a well-formed Name with tag and length, `rdns` what it is compared by. */
  | { readonly type: 'directory'; readonly value: Uint8Array; readonly rdns: readonly string[] }
  /** `value` is whatever element stands under the explicit tag. */
  | { readonly type: 'other'; readonly oid: string; readonly value: Element }
  /** x400Address, ediPartyName and registeredID: carried, never interpreted. */
  | { readonly type: 'x400' | 'edi' | 'registered-id'; readonly value: Uint8Array };

/** The kinds of GeneralName. */
export type GeneralNameType = GeneralName['type'];

const OTHER = contextTag(0, 'constructed');
const EMAIL = contextTag(1, 'primitive');
const DNS = contextTag(2, 'primitive');
const X400 = contextTag(3, 'constructed');
const DIRECTORY = contextTag(4, 'constructed');
const EDI = contextTag(5, 'constructed');
const URI = contextTag(6, 'primitive');
const IP = contextTag(7, 'primitive');
const REGISTERED_ID = contextTag(8, 'primitive');

/**
 * Reads the next GeneralName. The texts of email, DNS and URI names keep every character, also those
 * that no such name may have.
 *
 * @throws Asn1Error when there is none.
 */
export function readGeneralName(reader: Asn1Reader): GeneralName {
  const element = reader.take();
  switch (element.tag) {
    case EMAIL:
      return { type: 'email', value: ia5(element) };
    case DNS:
      return { type: 'dns', value: ia5(element) };
    case URI:
      return { type: 'uri', value: ia5(element) };
    case IP:
      return { type: 'ip', value: contentOf(element) };
    case DIRECTORY:
      return directoryName(encodingOf(only(reader.into(element), TAG.sequence)));
    case OTHER:
      return readOtherName(reader.into(element));
    case X400:
      return { type: 'x400', value: contentOf(element) };
    case EDI:
      return { type: 'edi', value: contentOf(element) };
    case REGISTERED_ID:
      return { type: 'registered-id', value: contentOf(element) };
    default:
      throw new Asn1Error(`no general name has tag 0x${element.tag.toString(16)}`);
  }
}

/** All general names up to the reader's end: the contents of GeneralNames, which is never empty. */
export function readGeneralNames(reader: Asn1Reader): readonly GeneralName[] {
  const names: GeneralName[] = [];
  do names.push(readGeneralName(reader));
  while (!reader.done);
  return names;
}

/**
 * A Name as a GeneralName.
 *
 * @throws Asn1Error when it is not one.
 */
export function directoryName(value: Uint8Array): Extract<GeneralName, { type: 'directory' }> {
  return { type: 'directory', value, rdns: rdnKeys(value) };
}

function readOtherName(reader: Asn1Reader): GeneralName {
  const oid = oidOf(reader.take(TAG.oid));
  const value = only(reader.enter(contextTag(0, 'constructed')));
  reader.finish();
  return { type: 'other', oid, value };
}

function only(reader: Asn1Reader, tag?: number): Element {
  const element = reader.take(tag);
  reader.finish();
  return element;
}

function ia5(element: Element): string {
  const content = contentOf(element);
  if (content.some((byte) => byte >= 0x80)) throw new Asn1Error('text that is not ASCII');
  return Buffer.from(content).toString('latin1');
}
