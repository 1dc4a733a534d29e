import type { Interface, Result } from 'ethers';
import type { ErrorCode } from '../../errors.js';
import { MsgError } from '../../errors.js';
import type { RpcFault } from '../rpc.js';
import { printable } from '../rpc.js';

/** What is known about the call that was refused. */
export interface RefusedCall {
  readonly abi: Interface;
  /** The peer that it is about, for the message. */
  readonly subject: string | undefined;
  readonly from: string;
}

type Translation = readonly [ErrorCode, text: string, hint: string];
type Translate = (args: Result, call: { subject: string; from: string }) => Translation;

const ROLE_HINT = 'ask the admin of the directory for the role, or use the account that has it';

const REFUSALS: Readonly<Record<string, Translate>> = {
  NotAllowed: (_, { subject, from }) => [
    'not-authorised',
    `account ${from} may not do this to ${subject}`,
    'use the account of its owner (or of the guardian or operator, where they may)',
  ],
  AccessControlUnauthorizedAccount: (_, { from }) => [
    'not-authorised',
    `account ${from} does not have the role that this needs`,
    ROLE_HINT,
  ],
  RegistrationClosed: () => [
    'not-authorised',
    'the directory is not open for registration',
    'ask a registrar of the consortium to admit the name for your account',
  ],
  Frozen: ([successor]) => [
    'usage',
    `the directory is frozen; its successor is ${String(successor)}`,
    'only revoking and suspending still work here; ask the consortium which directory to use',
  ],
  UnknownPeer: (_, { subject }) => [
    'peer-unknown',
    `the directory has no peer ${subject}`,
    'a registrar has to admit the name first',
  ],
  RemovedPeer: (_, { subject }) => [
    'peer-inactive',
    `${subject} was removed from the directory`,
    'a removed name is never given out again; choose another one',
  ],
  NotActive: (_, { subject }) => [
    'peer-inactive',
    `${subject} is not active`,
    'only an active peer can be suspended',
  ],
  NotSuspended: (_, { subject }) => [
    'usage',
    `${subject} is not suspended`,
    'nothing is to be done',
  ],
  InvalidName: ([name]) => [
    'usage',
    `the directory does not take the name ${printable(String(name))}`,
    'a name has 1 to 63 lower-case letters, digits, dots and hyphens',
  ],
  NameTaken: ([name]) => [
    'usage',
    `the name ${printable(String(name))} is or was given out`,
    'choose another name',
  ],
  InvalidAccount: ([account], { subject }) => [
    'usage',
    `account ${String(account)} cannot have this part in ${subject}`,
    'owner, operator and guardian are three different accounts, and the owner is not nobody',
  ],
  ProfileTooLong: ([length, limit]) => [
    'too-large',
    `the profile has ${String(length)} bytes, ${String(limit)} are allowed`,
    'shorten it',
  ],
  IncompleteCertificate: () => ['usage', 'the certificate or its proof is missing', 'give both'],
  CertificateTooLong: ([length, limit]) => [
    'too-large',
    `certificate, issuers and proof have ${String(length)} bytes, ${String(limit)} are allowed`,
    'publish fewer issuers',
  ],
  VersionConflict: ([expected, given], { subject }) => [
    'usage',
    `the next version of ${subject} is ${String(expected)}, not ${String(given)}`,
    'somebody published in between; look at the directory and try again',
  ],
  UnknownVersion: ([, index], { subject }) => [
    'not-found',
    `${subject} has no version ${String(index)}`,
    'versions count from 0; look at the peer first',
  ],
  CertificateIsRevoked: ([, fingerprint]) => [
    'usage',
    `certificate ${String(fingerprint).slice(2)} is revoked`,
    'revocation is final; publish a new certificate with a new key',
  ],
  InvalidReason: ([reason]) => [
    'usage',
    `${String(reason)} is not a reason for a final revocation`,
    'reasons are 0 to 5, 9 and 10 (RFC 5280, section 5.3.1)',
  ],
  NotPending: (_, { subject }) => [
    'usage',
    `nothing of this kind is pending for ${subject}`,
    'look at the peer first: it may be done, cancelled or meant for another account',
  ],
  TooEarly: ([, readyAt]) => [
    'usage',
    `this is possible from ${new Date(Number(readyAt) * 1000).toISOString()} on`,
    'try again then',
  ],
  InvalidDelay: ([delay]) => [
    'usage',
    `a delay of ${String(delay)} seconds is not possible`,
    'choose between 1 second and 365 days',
  ],
  InvalidSuccessor: () => ['usage', 'a directory cannot follow itself', 'name another directory'],
  AccessControlInvalidDefaultAdmin: ([account]) => [
    'not-authorised',
    `the admin's part is not on offer to account ${String(account)}`,
    'see to whom it is, and from when on, with "msg registry info"',
  ],
  AccessControlEnforcedDefaultAdminDelay: ([readyAt]) =>
    BigInt(String(readyAt)) === 0n
      ? [
          'usage',
          "no transfer of the admin's part has begun",
          'begin one: msg registry offer-admin ADDRESS, or none to leave the directory without an admin',
        ]
      : [
          'usage',
          `this is possible after ${new Date(Number(readyAt) * 1000).toISOString()}`,
          'try again then',
        ],
  AccessControlEnforcedDefaultAdminRules: () => [
    'usage',
    "the admin's part is not given like other roles",
    'hand it over in two steps: msg registry offer-admin, then accept-admin',
  ],
};

/**
 * Says in a sentence why a call was refused: the contract's own reason where the node passes it on,
 * else the node's.
 */
export function refusalOf(fault: RpcFault, call: RefusedCall): MsgError {
  const { abi, from, subject = 'this' } = call;
  const data = revertData(fault.data);
  const reason = data === undefined ? null : abi.parseError(data);
  const translate = reason === null ? undefined : REFUSALS[reason.name];
  if (reason !== null && translate !== undefined) {
    const [code, text, hint] = translate(reason.args, { subject, from });
    return new MsgError(code, text, { hint, cause: fault });
  }
  return refusalOfNode(fault, reason?.name, from);
}

function refusalOfNode(fault: RpcFault, reason: string | undefined, from: string): MsgError {
  if (/insufficient funds|insufficient balance|upfront cost/i.test(fault.message)) {
    return new MsgError('account', `account ${from} cannot pay for the gas`, {
      hint: 'send it some money, or set chain.fees to free where the chain asks for none',
      cause: fault,
    });
  }
  const text = reason ?? fault.message;
  return new MsgError('usage', `the chain refuses the transaction: ${printable(text)}`, {
    hint: 'look at the settings of account, fees and directory',
    cause: fault,
  });
}

/** Nodes differ in where they put the revert data. */
function revertData(data: unknown, depth = 0): string | undefined {
  if (typeof data === 'string') return /0x(?:[0-9a-f]{2}){4,}/i.exec(data)?.[0];
  if (typeof data !== 'object' || data === null || depth > 2) return undefined;
  for (const value of Object.values(data)) {
    const found = revertData(value, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
