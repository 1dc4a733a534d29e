import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomSource } from '../domain/environment.js';
import { makeDirectory } from '../files/make-directory.js';
import { CertificateError } from '../x509/certificate.js';
import { parseCrl, type RevocationList } from '../x509/crl.js';
import type { Validators } from './answer.js';
import { prune } from './prune.js';
import { failureFrom, headFrom } from './stored-json.js';

/** A list as it came from a distribution point. Times in Unix milliseconds, lifetimes in milliseconds. */
export interface KeptList {
  readonly list: RevocationList;
  readonly fetchedAt: number;
  readonly httpLifetime: number | undefined;
  readonly validators: Validators;
}

/** That an address gave no list, how often in a row, when last, and why. */
export interface KeptFailure {
  readonly at: number;
  readonly count: number;
  readonly reason: string;
}

/** How many bytes of lists are kept, and how many files. */
const LIMITS = { bytes: 256 * 1024 * 1024, files: 1000 };
const NEW_LINE = 0x0a;
const MAX_HEAD = 4096;

/**
 * Fetched lists in a directory that all processes of a user share, one file an address: a line of JSON
 * about the fetch, then the list in DER. Files are replaced whole, never changed; one that is damaged
 * counts as none. It is a cache: whatever cannot be kept is simply fetched again, and nothing that is
 * read here is trusted before its signature is verified.
 */
export class ListStore {
  readonly #directory: string;
  readonly #random: RandomSource;

  constructor(directory: string, random: RandomSource) {
    this.#directory = directory;
    this.#random = random;
  }

  /** What distinguishes what is kept for an address now from what was or will be. */
  stamp(address: string): string {
    const endings = ['crl', 'failed'] as const;
    return endings.map((ending) => stampOf(this.#path(address, ending))).join(', ');
  }

  /** The list that was kept for an address. */
  read(address: string): KeptList | undefined {
    const file = this.#contents(this.#path(address, 'crl'));
    const end = file?.subarray(0, MAX_HEAD).indexOf(NEW_LINE) ?? -1;
    if (file === undefined || end < 0) return undefined;
    const head = headFrom(file.toString('utf8', 0, end), address);
    const list = head && listFrom(file.subarray(end + 1));
    return head === undefined || list === undefined ? undefined : { ...head, list };
  }

  /** Keeps a list, and forgets that the address ever failed. */
  write(address: string, kept: KeptList): void {
    const { list, fetchedAt, httpLifetime, validators } = kept;
    const head = JSON.stringify({ address, fetchedAt, httpLifetime, ...validators });
    this.#replace(this.#path(address, 'crl'), Buffer.concat([Buffer.from(`${head}\n`), list.der]));
    rmQuietly(this.#path(address, 'failed'));
    prune(this.#directory, LIMITS);
  }

  /** The failures since the last success, if there were any. */
  readFailure(address: string): KeptFailure | undefined {
    const file = this.#contents(this.#path(address, 'failed'));
    return file === undefined ? undefined : failureFrom(file.toString('utf8'));
  }

  writeFailure(address: string, failure: KeptFailure): void {
    const text = JSON.stringify({ address, ...failure });
    this.#replace(this.#path(address, 'failed'), Buffer.from(text));
  }

  #path(address: string, ending: 'crl' | 'failed'): string {
    const name = createHash('sha256').update(address).digest('hex').slice(0, 40);
    return join(this.#directory, `${name}.${ending}`);
  }

  #contents(path: string): Buffer | undefined {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  }

  #replace(path: string, content: Uint8Array): void {
    const temporary = `${path}.${Buffer.from(this.#random(6)).toString('hex')}.tmp`;
    try {
      makeDirectory(this.#directory, 0o700);
      writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
      renameSync(temporary, path);
    } catch {
      rmQuietly(temporary);
    }
  }
}

function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'none';
  }
}

function listFrom(der: Uint8Array): RevocationList | undefined {
  try {
    return parseCrl(der);
  } catch (error) {
    if (error instanceof CertificateError) return undefined;
    throw error;
  }
}

function rmQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed is replaced or pruned later.
  }
}
