import { keccak256Hex } from './keccak.js';
import type { Address, ScheduledChange } from './port.js';

/** A part in the directory's government besides the admin's. */
export type DirectoryRole = 'registrar' | 'revoker';

/** Another delay, and from when on it counts. */
export interface ScheduledDelay {
  readonly seconds: number;
  /** Unix milliseconds. */
  readonly readyAt: number;
}

/** Who gives out the roles, and what is about to change there. */
export interface AdminState {
  /** Undefined when the admin gave itself up. */
  readonly admin: Address | undefined;
  /** Who takes over, where a transfer has begun; its account is undefined for nobody. */
  readonly next: ScheduledChange | undefined;
  /** Seconds between the two steps of a transfer. */
  readonly delay: number;
  readonly nextDelay: ScheduledDelay | undefined;
}

/** How the contract calls the admin's part. */
export const ADMIN_ROLE = `0x${'0'.repeat(64)}`;

/** How the contract calls the roles: 0x and 64 hexadecimal digits. */
export const ROLES: Readonly<Record<DirectoryRole, string>> = {
  registrar: keccak256Hex('REGISTRAR'),
  revoker: keccak256Hex('REVOKER'),
};

/** Whether a word names a role. */
export function isRole(text: string): text is DirectoryRole {
  return Object.hasOwn(ROLES, text);
}
