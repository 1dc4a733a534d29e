import { isPkcs12 } from './pkcs12.js';

/** A file that could not be read. */
export interface ForeignFile {
  /** Its path. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The magic numbers of Java's own key stores, JKS and JCEKS. */
const JAVA = new Set(['feedfeed', 'cececece']);

/** The command that makes of a file what can be imported. */
export function conversionOf({ name, bytes }: ForeignFile): string {
  const old = inShell(name);
  const renamed = (suffix: string): string => inShell(`${name.replace(/\.\w{1,4}$/, '')}${suffix}`);
  if (isPkcs12(bytes)) {
    return `convert it, and import the result: openssl pkcs12 -legacy -in ${old} -out ${renamed('.pem')}`;
  }
  if (JAVA.has(Buffer.from(bytes.subarray(0, 4)).toString('hex'))) {
    const to = `-destkeystore ${renamed('.p12')} -deststoretype PKCS12`;
    return `convert it, and import the result: keytool -importkeystore -srckeystore ${old} ${to}`;
  }
  return 'give PEM, DER, PKCS#12 or PKCS#7, whole and undamaged';
}

/** A file's name as a shell takes it. */
function inShell(name: string): string {
  return /^[\w./+-]+$/.test(name) && !name.startsWith('-')
    ? name
    : `'${name.replaceAll("'", `'\\''`)}'`;
}
