import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { readPem, writePem } from '../asn1/pem.js';
import { MsgError } from '../errors.js';
import { readPrivate, readPublic, writeWhole } from '../identity/private-file.js';
import { softwareKey } from '../identity/software-key.js';
import { CRL_REASONS, type CrlReason } from '../x509/crl.js';
import { parseCertificate } from '../x509/parse.js';
import { Authority, type AuthorityState, type Revocation } from './authority.js';
import type { AuthorityEnvironment, AuthorityKey } from './found-authority.js';

/** From the root down, as {@link AuthorityState.keys}. */
const NAMES = ['root', 'issuing'] as const;

/**
 * Keeps an authority in a directory: `root.pem`, `root.key` (PKCS#8, mode 0600, not encrypted: a
 * sandbox's), the same for `issuing` when there is an intermediate, and `state.json`.
 */
export function saveAuthority(authority: Authority, directory: string): void {
  const { keys, crlNumber, revoked } = authority.state;
  keys.forEach(({ certificate, key }, index) => {
    const path = join(directory, NAMES[index] ?? `level-${index}`);
    const pkcs8 = key.privateKey.export({ format: 'der', type: 'pkcs8' });
    writeWhole(`${path}.key`, writePem('PRIVATE KEY', pkcs8), { force: true });
    const pem = writePem('CERTIFICATE', certificate.der);
    writeWhole(`${path}.pem`, pem, { force: true, mode: 0o644 });
  });
  const state = { authorities: keys.length, crlNumber, revoked };
  const json = `${JSON.stringify(state, undefined, 2)}\n`;
  writeWhole(join(directory, 'state.json'), json, { force: true });
}

/**
 * Takes an authority up again where {@link saveAuthority} left it.
 *
 * @throws MsgError `key-missing` when the directory holds none, `key-refused` when it is damaged.
 */
export function loadAuthority(directory: string, environment: AuthorityEnvironment): Authority {
  const { authorities, crlNumber, revoked } = readState(join(directory, 'state.json'));
  const root = loadKey(directory, NAMES[0]);
  const issuing = authorities === 2 ? [loadKey(directory, NAMES[1])] : [];
  return new Authority({ keys: [root, ...issuing], crlNumber, revoked }, environment);
}

function loadKey(directory: string, name: string): AuthorityKey {
  const [key] = readPem(readPrivate(join(directory, `${name}.key`)).toString('latin1'));
  const [certificate] = readPem(readPublic(join(directory, `${name}.pem`)).toString('latin1'));
  if (key === undefined || certificate === undefined) throw damaged(join(directory, name));
  const privateKey = createPrivateKey({ key: key.der, format: 'der', type: 'pkcs8' });
  return { certificate: parseCertificate(certificate.der), key: softwareKey(privateKey) };
}

type SavedState = Omit<AuthorityState, 'keys'> & { readonly authorities: number };

function readState(path: string): SavedState {
  const state: unknown = JSON.parse(readPublic(path).toString('utf8'));
  if (!isRecord(state)) throw damaged(path);
  const { authorities, crlNumber, revoked } = state;
  const isSound =
    (authorities === 1 || authorities === 2) &&
    typeof crlNumber === 'number' &&
    Array.isArray(revoked) &&
    revoked.every(isRevocation);
  if (!isSound) throw damaged(path);
  return { authorities, crlNumber, revoked };
}

function isRevocation(entry: unknown): entry is Revocation {
  return (
    isRecord(entry) &&
    typeof entry['serial'] === 'string' &&
    typeof entry['revokedAt'] === 'number' &&
    typeof entry['issuer'] === 'number' &&
    isReason(entry['reason'])
  );
}

function isReason(reason: unknown): reason is CrlReason {
  return CRL_REASONS.some((one) => one === reason);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function damaged(path: string): MsgError {
  return new MsgError('key-refused', `${path} is damaged`, {
    hint: 'remove the directory and found the authority anew',
  });
}
