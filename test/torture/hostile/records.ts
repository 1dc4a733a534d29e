import { hash, randomBytes } from 'node:crypto';
import { newMessageId } from '../../../src/domain/message-id.js';
import type { Header } from '../../../src/envelope/header.js';
import { writeManifest, type Manifest } from '../../../src/envelope/manifest.js';
import { headerFor, sealFor } from '../../support/sealed.js';
import { transferOf, type Transfer, type TransferOptions } from '../../support/transfer.js';
import type { Stage } from './stage.js';

/** What has to come of what was written. */
export interface Expected {
  /** The reasons that are right for a refused record, by the SHA-256 of its value. */
  readonly refused: ReadonlyMap<string, readonly string[]>;
  /** What has to arrive after all: the SHA-256 of each content, and what it was called. */
  readonly delivered: ReadonlyMap<string, string>;
  /** How many record sets nobody can read. */
  readonly unreadable: number;
}

export const NOTHING: Expected = { refused: new Map(), delivered: new Map(), unreadable: 0 };

/** Writes records of which nothing may be delivered. */
export async function refusing(
  stage: Stage,
  values: readonly (Uint8Array | null)[],
  reasons: readonly string[],
): Promise<Expected> {
  await stage.write(values.map((value) => ({ value })));
  return { ...NOTHING, refused: new Map(values.map((value) => [sha256(value), reasons])) };
}

/** A record's digest as the quarantine shows it, in hexadecimal digits. */
export function sha256(value: Uint8Array | null): string {
  return hash('sha256', value ?? Buffer.of(), 'hex');
}

/** A message of mallory's to bob that is in order, or says what the fields say. */
export function sealNow(
  { peers: { mallory, bob } }: Pick<Stage, 'peers'>,
  payload: Uint8Array,
  fields: Partial<Header> = {},
): Promise<Uint8Array> {
  const { signingTime, fields: facts } = factsNow();
  return sealFor(mallory, [bob], payload, { signingTime, fields: { ...facts, ...fields } });
}

/** A file of mallory's to bob, cut up. */
export function transferNow(
  { peers: { mallory, bob } }: Pick<Stage, 'peers'>,
  payload: Uint8Array,
  options: TransferOptions,
): Promise<Transfer> {
  return transferOf(mallory, bob, payload, { ...factsNow(), ...options });
}

/** Announces a file to bob that need not exist. */
export async function announce(
  { peers: { mallory, bob } }: Pick<Stage, 'peers'>,
  claim: Pick<Manifest, 'size' | 'chunkSize' | 'count'>,
): Promise<Uint8Array> {
  const { signingTime, fields } = factsNow();
  const kind = { kind: 'manifest', size: claim.size } as const;
  const header = headerFor(mallory, [bob], Buffer.of(), { ...kind, ...fields });
  const random = { fileId: randomBytes(16), fileKey: randomBytes(32), sha256: '00'.repeat(32) };
  const manifest = writeManifest({ ...claim, ...random }, header);
  return sealFor(mallory, [bob], manifest, { header, signingTime });
}

function factsNow() {
  const sent = Date.now();
  return { signingTime: sent, fields: { sent, id: newMessageId(Date.now, randomBytes) } };
}
