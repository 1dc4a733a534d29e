import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { runBatch, type BatchItem, type BatchOutcome } from '../messaging/batch.js';
import type { Context } from '../runtime.js';
import { makeOutputDirectory } from './output-file.js';
import { itemsInDirectory } from './batch-directory.js';
import { itemsOfManifest } from './batch-manifest.js';
import { letHeapGrow } from './heap.js';

/** What `msg batch` was asked to do. */
export interface BatchCommandOptions {
  /** A directory, or a manifest in JSON, NDJSON or CSV. */
  readonly source: string;
  readonly to?: readonly string[] | undefined;
  readonly type?: string | undefined;
  readonly expires?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly recursive?: boolean | undefined;
  readonly settle?: string | undefined;
  readonly moveTo?: string | undefined;
  readonly lanes?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

const DEFAULT_LANES = 4;

/** Sends what is new in a directory or a manifest, and says of each file what became of it. */
export async function run(options: BatchCommandOptions, context: Context): Promise<void> {
  const settle = parseDuration(options.settle ?? '0s');
  const lanes = parseLanes(options.lanes);
  const { source, items } = await gather(options);
  letHeapGrow();
  const moveTo = options.moveTo === undefined ? undefined : resolve(options.moveTo);
  // What cannot be moved was sent already: the directory is made before anything is.
  if (moveTo !== undefined && options.dryRun !== true) makeOutputDirectory(moveTo, 0o777);
  const session = await context.session();
  const tally = new Tally(context);
  const signal = context.drainSignal('the files in hand');
  await runBatch(
    {
      ...{ source, items, settle, lanes, signal, dryRun: options.dryRun === true },
      moveTo,
      onOutcome: (outcome) => tally.add(outcome),
    },
    session.messaging(),
  );
  tally.conclude(items.length);
}

async function gather(
  options: BatchCommandOptions,
): Promise<{ source: string; items: readonly BatchItem[] }> {
  const source = await realpath(options.source).catch((error: unknown) => {
    throw new MsgError('file-not-found', `no such file or directory: ${options.source}`, {
      hint: 'name a directory, or a manifest in JSON or CSV',
      cause: error,
    });
  });
  const items =
    (await itemsInDirectory(source, options)) ?? (await itemsOfManifest(source, options));
  return { source, items };
}

function parseLanes(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LANES;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new MsgError('usage', `not a number of lanes: ${text}`, { hint: 'give 1 to 99' });
}

/** Prints each outcome as it comes, and decides how the batch has ended. */
class Tally {
  readonly #context: Context;
  readonly #failures: MsgError[] = [];
  #sent = 0;
  #unchanged = 0;
  #settling = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  async add(outcome: BatchOutcome): Promise<void> {
    if (outcome.state === 'failed') this.#failures.push(outcome.error);
    else if (outcome.state === 'unchanged') this.#unchanged++;
    else if (outcome.state === 'settling') this.#settling++;
    else this.#sent++;
    const line = this.#lineFor(outcome);
    if (line !== undefined) await this.#context.io.stdout.write(`${line}\n`);
  }

  /** @throws MsgError `batch-failures`; or what kept everything from being sent, if that passes. */
  conclude(total: number): void {
    const { report } = this.#context;
    report.note(
      `${this.#sent} sent, ${this.#unchanged} unchanged, ${this.#settling} not yet settled, ${this.#failures.length} failed`,
    );
    const [first] = this.#failures;
    if (first === undefined) return;
    const isAllInVain = this.#sent === 0 && this.#failures.every(({ retryable }) => retryable);
    if (isAllInVain) throw first;
    throw new MsgError(
      'batch-failures',
      `${this.#failures.length} of ${total} files were not sent`,
      {
        hint: 'each is on standard output with its reason; run the batch again when that is mended',
      },
    );
  }

  /** Scripts read failures as JSON in any case (docs/exit-codes.md). */
  #lineFor(outcome: BatchOutcome): string | undefined {
    if (this.#context.json || outcome.state === 'failed') return JSON.stringify(describe(outcome));
    const { state, item } = outcome;
    if (state === 'unchanged') return undefined;
    if (state === 'settling') {
      this.#context.report.detail(`${item.path} is not settled yet`);
      return undefined;
    }
    return state === 'would-send' ? `would send ${item.path}` : `${outcome.result.id} ${item.path}`;
  }
}

function describe(outcome: BatchOutcome): object {
  const { item, state } = outcome;
  const about = { path: item.path, peers: item.request.to, state };
  switch (state) {
    case 'failed':
      return { ...about, ...outcome.error.toJSON() };
    case 'unchanged':
      return { ...about, id: outcome.id, moved: outcome.moved };
    case 'settling':
    case 'would-send':
      return about;
    default: {
      const { id, size } = outcome.result;
      return { ...about, id, size, moved: outcome.moved };
    }
  }
}
