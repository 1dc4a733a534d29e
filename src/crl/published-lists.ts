import type { Clock } from '../domain/environment.js';
import type { Patience } from '../domain/patience.js';
import type { Certificate } from '../x509/certificate.js';
import { MAX_CRL_SIZE, type RevocationList } from '../x509/crl.js';
import { acceptAnswer } from './accept.js';
import { dueAt, retryAt } from './freshness.js';
import type { ListStore } from './list-store.js';
import { Places } from './places.js';
import { deltaSourcesOf, type ListSource } from './points.js';

/** What lists are fetched and kept with. */
export interface PublishedListsOptions {
  readonly store: ListStore;
  readonly clock: Clock;
  /** How old a list may be before its address is asked again, in milliseconds. */
  readonly maxAge: number;
  /** How long fetching one list may take, in milliseconds. */
  readonly timeout: number;
  /** Told of every attempt, in one line. */
  readonly debug: (line: string) => void;
}

/** Lists that are wanted, and whose keys may have signed them. */
export interface WantedLists {
  readonly sources: readonly ListSource[];
  readonly signers: readonly Certificate[];
}

/** How they are brought. */
export interface BringTerms {
  readonly patience: Patience;
  /** Asks also what is not due yet, and what failed a moment ago. */
  readonly anew?: boolean;
}

interface Fetching {
  readonly work: Promise<void>;
  /** Whether somebody of `short` patience has waited for it: once is enough. */
  isAwaited: boolean;
}

/** How long `short` patience lasts, in milliseconds. */
const SHORT = 2_000;

/**
 * The revocation lists of distribution points: in memory, else from the directory that processes
 * share, else from the network, each asked for again before it is out of date.
 */
export class PublishedLists {
  readonly #options: PublishedListsOptions;
  readonly #places: Places;
  readonly #running = new Map<string, Fetching>();
  readonly #closing = new AbortController();

  constructor(options: PublishedListsOptions) {
    this.#options = options;
    this.#places = new Places(options.store);
  }

  /** Changes whenever `lists` does. */
  get version(): number {
    return this.#places.version;
  }

  /** Every list that was brought and is remembered. */
  get lists(): readonly RevocationList[] {
    return this.#places.lists;
  }

  /**
   * Brings the lists wanted into `lists`, as current as patience allows: complete ones first, then the
   * delta lists that certificates and complete lists name.
   *
   * @returns for each source without a current complete list, a few words on why.
   */
  async bring({ sources, signers }: WantedLists, terms: BringTerms): Promise<readonly string[]> {
    const complete = sources.filter(({ kind }) => kind === 'complete');
    await wait(this.#start({ sources: complete, signers }, terms), terms.patience);
    const named = complete.flatMap(({ urls }) => this.#places.listsAt(urls));
    const deltas = sources.filter(({ kind }) => kind === 'delta');
    const wanted = { sources: [...deltas, ...named.flatMap(deltaSourcesOf)], signers };
    await wait(this.#start(wanted, terms), terms.patience);
    return complete.flatMap((source) => this.#problemOf(source));
  }

  /** Breaks off what is being fetched. */
  close(): void {
    this.#closing.abort();
  }

  /** Begins what has to be fetched, and returns what is worth waiting for. */
  #start({ sources, signers }: WantedLists, terms: BringTerms): readonly Promise<void>[] {
    return sources
      .filter((source) => terms.anew === true || this.#isDue(source))
      .flatMap((source) => this.#fetching(source, signers, terms) ?? [])
      .filter((fetching) => terms.patience !== 'short' || !fetching.isAwaited)
      .map((fetching) => {
        fetching.isAwaited ||= terms.patience === 'short';
        return fetching.work;
      });
  }

  /** Another process may have fetched it meanwhile: the files are looked at before the network. */
  #isDue(source: ListSource): boolean {
    if (!this.#seemsDue(source)) return false;
    for (const url of source.urls) this.#places.reload(url);
    return this.#seemsDue(source);
  }

  #seemsDue({ urls }: ListSource): boolean {
    const { clock, maxAge } = this.#options;
    return !urls.some((url) => {
      const { kept } = this.#places.at(url);
      return kept !== undefined && clock() < dueAt({ ...kept.list, ...kept }, maxAge);
    });
  }

  #fetching(
    { urls }: ListSource,
    signers: readonly Certificate[],
    { anew }: BringTerms,
  ): Fetching | undefined {
    const key = urls.join(' ');
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const willing = urls.filter((url) => anew === true || this.#mayAsk(url));
    if (willing.length === 0 || this.#closing.signal.aborted) return undefined;
    const work = this.#fetchFirst(willing, signers).finally(() => this.#running.delete(key));
    const fetching = { work, isAwaited: false };
    this.#running.set(key, fetching);
    return fetching;
  }

  #mayAsk(url: string): boolean {
    const { failure } = this.#places.at(url);
    return failure === undefined || retryAt(failure.at, failure.count) <= this.#options.clock();
  }

  /** The addresses of a list stand for each other: the first that gives it is enough. */
  async #fetchFirst(urls: readonly string[], signers: readonly Certificate[]): Promise<void> {
    const timeout = Math.ceil(this.#options.timeout / urls.length);
    for (const url of urls) if (await this.#fetch(url, signers, timeout)) return;
  }

  async #fetch(url: string, signers: readonly Certificate[], timeout: number): Promise<boolean> {
    const { clock, debug } = this.#options;
    const { signal } = this.#closing;
    const known = this.#places.at(url).kept;
    const { fetchList } = await import('./fetch.js');
    const limits = { timeout, maxBytes: MAX_CRL_SIZE, signal };
    const answer = await fetchList(url, known?.validators, limits);
    if (signal.aborted) return true;
    const kept = acceptAnswer(answer, { known, signers, now: clock() });
    debug(`${url}: ${typeof kept === 'string' ? kept : answer.kind}`);
    if (typeof kept === 'string') {
      this.#places.fail(url, { at: clock(), reason: kept });
      return false;
    }
    this.#places.keep(url, kept);
    return true;
  }

  #problemOf({ urls }: ListSource): readonly string[] {
    const now = this.#options.clock();
    if (this.#places.listsAt(urls).some(({ nextUpdate = 0 }) => now <= nextUpdate)) return [];
    const [first = ''] = urls;
    const url = urls.find((one) => this.#places.at(one).failure !== undefined) ?? first;
    const { failure, kept } = this.#places.at(url);
    const reason = failure?.reason ?? (kept === undefined ? 'no answer yet' : 'an outdated list');
    return [`${short(url)}: ${reason}`];
  }
}

/** The patient need no clock: every fetch has its own. */
async function wait(work: readonly Promise<void>[], patience: Patience): Promise<void> {
  if (work.length === 0 || patience === 'none') return;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    if (patience === 'short') timer = setTimeout(resolve, SHORT);
  });
  await Promise.race([Promise.all(work), over]);
  clearTimeout(timer);
}

/** Addresses come from certificates: they are plain ASCII, and cut short. */
function short(url: string): string {
  return url.length <= 100 ? url : `${url.slice(0, 97)}...`;
}
