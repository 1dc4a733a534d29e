import { keccak256Hex } from './keccak.js';

/** A part in the directory's government besides the admin's. */
export type DirectoryRole = 'registrar' | 'revoker';

/** How the contract calls the roles: 0x and 64 hexadecimal digits. */
export const ROLES: Readonly<Record<DirectoryRole, string>> = {
  registrar: keccak256Hex('REGISTRAR'),
  revoker: keccak256Hex('REVOKER'),
};
