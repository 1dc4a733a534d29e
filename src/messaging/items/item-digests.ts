import { hash } from 'node:crypto';
import { digestsOf, type RequestDigests } from '../send-request.js';
import type { BatchOptions, PendingItem } from './batch-request.js';

/** What makes a second call with the same id the same call, alone or in a batch. */
export class ItemDigests {
  readonly #shared: BatchOptions;
  /** Of those that say nothing for themselves, which are most. */
  readonly #plain: RequestDigests;

  constructor(shared: BatchOptions) {
    this.#shared = shared;
    this.#plain = digestsFor({}, shared);
  }

  /** 64 hexadecimal digits. */
  of({ entry, message: { payload } }: PendingItem): string {
    const { type, cid, name, contentType } = entry;
    const isPlain = (type ?? cid ?? name ?? contentType) === undefined;
    const digests = isPlain ? this.#plain : digestsFor(entry, this.#shared);
    return digests(hash('sha256', payload, 'hex'));
  }
}

function digestsFor(entry: Partial<PendingItem['entry']>, shared: BatchOptions): RequestDigests {
  const { type = shared.type, cid = shared.cid, name } = entry;
  const { to, encoding, receipt, expiresIn } = shared;
  return digestsOf({
    ...{ to: [to], contentType: entry.contentType ?? shared.contentType },
    ...(type === undefined ? {} : { type }),
    ...(cid === undefined ? {} : { cid }),
    ...(name === undefined ? {} : { name }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
  });
}
