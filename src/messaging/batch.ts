import { hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkpoint } from '../domain/checkpoint.js';
import { newMessageId, type MessageId } from '../domain/message-id.js';
import { MsgError } from '../errors.js';
import type { BatchFile } from '../ledger/port.js';
import { readSettled, stampOf, type FileContent } from './batch-file.js';
import type { MessagingDeps } from './deps.js';
import { stampOf as stampOfSource } from './large/source.js';
import { moveInto } from './move-file.js';
import type { AnySendRequest, SendRequest } from './send-request.js';
import { send, type SendResult } from './send.js';

/** For how long a batch is left alone by other processes without a renewal, in milliseconds. */
const LEASE = 60_000;

/** A file to be sent, and how. */
export interface BatchItem {
  /** Where the file is. */
  readonly file: string;
  /** What it is called in the batch. */
  readonly path: string;
  readonly request: Omit<SendRequest, 'payload' | 'queue'>;
}

/** What became of an item. */
export type BatchOutcome = { readonly item: BatchItem } & (
  | { readonly state: SendResult['state']; readonly result: SendResult; readonly moved?: string }
  /** An earlier run has sent this content, and it is not touched. */
  | { readonly state: 'unchanged'; readonly id: string; readonly moved?: string }
  /** It was written a moment ago, or is being written: a later run takes it. */
  | { readonly state: 'settling' }
  | { readonly state: 'would-send' }
  | { readonly state: 'failed'; readonly error: MsgError }
);

/** How to run a batch. */
export interface BatchOptions {
  /** The real path of the directory or the manifest: what the items are remembered under. */
  readonly source: string;
  readonly items: readonly BatchItem[];
  /** A file that changed within so many milliseconds waits. */
  readonly settle: number;
  /** Where a file goes once it has been sent. */
  readonly moveTo: string | undefined;
  /** How many groups of recipients are served at the same time. */
  readonly lanes: number;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: BatchOutcome) => Promise<void>;
}

/**
 * Sends every file that is new, each under an id that is fixed before it is sent: a run that was cut
 * short goes on under the same ids. Items with the same recipients are sent in their order; where one
 * of them cannot be sent now, those behind it are not tried.
 *
 * @throws MsgError `batch-running` while another process runs it; what keeps everything from being
 *   sent (a passphrase, a ledger that is full).
 */
export async function runBatch(options: BatchOptions, deps: MessagingDeps): Promise<void> {
  const { source } = options;
  if (options.dryRun) {
    await new Batch(options, deps).run();
    return;
  }
  const lease = (): { owner: string; until: number } => ({
    owner: deps.owner,
    until: deps.clock() + LEASE,
  });
  const { heldBy } = await deps.ledger.batches.acquire(source, lease(), deps.isGone);
  if (heldBy !== undefined) throw running(source, heldBy);
  const renewal = setInterval(() => {
    // One renewal that fails is made good by the next: a lease lasts for three of them.
    deps.ledger.batches.renew(source, lease()).catch(() => undefined);
  }, LEASE / 3);
  try {
    await new Batch(options, deps).run();
  } finally {
    clearInterval(renewal);
    await deps.ledger.batches.release(source, deps.owner);
  }
}

function running(source: string, owner: string): MsgError {
  return new MsgError('batch-running', `${source} is being sent by another process (${owner})`, {
    hint: 'let it finish; the next run sends what is left',
  });
}

class Batch {
  readonly #options: BatchOptions;
  readonly #deps: MessagingDeps;
  #ended = false;

  constructor(options: BatchOptions, deps: MessagingDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const groups = groupsOf(this.#options.items);
    const workers = Array.from({ length: this.#options.lanes }, () => this.#serve(groups));
    const results = await Promise.allSettled(workers);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  get #isEnding(): boolean {
    return this.#ended || this.#options.signal.aborted;
  }

  async #serve(groups: BatchItem[][]): Promise<void> {
    try {
      for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
        await this.#sendGroup(group);
      }
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  async #sendGroup(group: readonly BatchItem[]): Promise<void> {
    let obstacle: MsgError | undefined;
    for (const item of group) {
      if (this.#isEnding) return;
      const outcome: BatchOutcome =
        obstacle === undefined
          ? await this.#attempt(item)
          : { item, state: 'failed', error: obstacle };
      if (outcome.state === 'failed' && outcome.error.retryable) obstacle = outcome.error;
      await this.#options.onOutcome(outcome);
    }
  }

  /** What concerns one item is its outcome; what concerns all of them ends the batch. */
  async #attempt(item: BatchItem): Promise<BatchOutcome> {
    try {
      return await this.#send(item);
    } catch (error) {
      if (!(error instanceof MsgError) || CONCERNS_ALL.has(error.code)) throw error;
      return { item, state: 'failed', error };
    }
  }

  async #send(item: BatchItem): Promise<BatchOutcome> {
    const { settle, dryRun, source } = this.#options;
    const { batches } = this.#deps.ledger;
    const file: BatchFile = { source, path: item.path, target: targetOf(item.request) };
    const stamp = await stampOf(item.file);
    if (stamp.changedAt > this.#deps.clock() - settle) return { item, state: 'settling' };
    const known = await batches.recall(file, stamp);
    if (known?.state === 'sent') return this.#unchanged(item, known.id);
    const content = await readSettled(item.file, stamp);
    if (content === undefined) return { item, state: 'settling' };
    if (dryRun) return { item, state: 'would-send' };
    const id = item.request.id ?? newMessageId(this.#deps.clock, this.#deps.random);
    const memory = await batches.begin(file, { ...stamp, sha256: content.sha256, id });
    if (memory.state === 'sent') return this.#unchanged(item, memory.id);
    checkpoint('batch:begun');
    const result = await send(requestFor(item, memory.id, content), this.#deps);
    checkpoint('batch:sent');
    await batches.finish(file, content.sha256);
    checkpoint('batch:finished');
    return { item, state: result.state, result, ...(await this.#move(item, result.id)) };
  }

  async #unchanged(item: BatchItem, id: MessageId): Promise<BatchOutcome> {
    return { item, state: 'unchanged', id, ...(await this.#move(item, id)) };
  }

  /** What was sent in chunks may have to be read again, wherever it is then. */
  async #move({ file }: BatchItem, id: MessageId): Promise<{ readonly moved?: string }> {
    const { moveTo, dryRun } = this.#options;
    if (moveTo === undefined || dryRun) return {};
    const moved = await moveInto(moveTo, file);
    const stamp = stampOfSource(await stat(moved, { bigint: true }));
    await this.#deps.ledger.outgoing.relocate(id, { path: resolve(moved), stamp });
    return { moved };
  }
}

/** Whoever meets one of these meets it with every other item as well. */
const CONCERNS_ALL: ReadonlySet<string> = new Set([
  ...['bug', 'config', 'key-missing', 'key-refused', 'passphrase', 'account', 'certificate-own'],
  ...['disk-full', 'ledger-busy', 'address-book-stale', 'chain-unreachable'],
]);

function requestFor(
  item: BatchItem,
  id: SendRequest['id'],
  { payload }: FileContent,
): AnySendRequest {
  return { ...item.request, ...(id === undefined ? {} : { id }), payload };
}

/** The items by their recipients, in the order of the first of each. */
function groupsOf(items: readonly BatchItem[]): BatchItem[][] {
  const groups = new Map<string, BatchItem[]>();
  for (const item of items) {
    const key = [...item.request.to].sort().join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** What makes two sends of one content different, as 64 hexadecimal digits. */
function targetOf(request: BatchItem['request']): string {
  const { to, type, name, contentType, cid, replyTo, id } = request;
  const canonical = [[...to].sort(), type, name, contentType, cid, replyTo, id];
  return hash('sha256', JSON.stringify(canonical), 'hex');
}
