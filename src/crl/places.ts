import type { RevocationList } from '../x509/crl.js';
import type { KeptFailure, KeptList, ListStore } from './list-store.js';

/** What is known of one address. */
export interface Place {
  /** What the files were like that this was read from. */
  readonly stamp: string;
  readonly kept: KeptList | undefined;
  readonly failure: KeptFailure | undefined;
}

/** How many addresses are remembered; the one that was of use longest ago makes room. */
const CAPACITY = 512;

/** The addresses of lists, and what they gave: in memory, and in the directory that processes share. */
export class Places {
  readonly #store: ListStore;
  readonly #places = new Map<string, Place>();
  #version = 0;

  constructor(store: ListStore) {
    this.#store = store;
  }

  /** Changes whenever `lists` does. */
  get version(): number {
    return this.#version;
  }

  /** Every list that is remembered. */
  get lists(): readonly RevocationList[] {
    return [...this.#places.keys()].flatMap((url) => this.listsAt([url]));
  }

  /** The lists remembered of some addresses. */
  listsAt(urls: readonly string[]): readonly RevocationList[] {
    return urls.flatMap((url) => this.#places.get(url)?.kept?.list ?? []);
  }

  /** What is known of an address, at the first time from the files. */
  at(url: string): Place {
    const place = this.#places.get(url) ?? this.#load(url);
    this.#remember(url, place);
    return place;
  }

  /** Looks into the files again, where another process has changed them. */
  reload(url: string): void {
    if (this.#store.stamp(url) === this.#places.get(url)?.stamp) return;
    this.#remember(url, this.#load(url));
  }

  /** An address gave a list. */
  keep(url: string, kept: KeptList): void {
    this.#store.write(url, kept);
    this.#remember(url, { stamp: this.#store.stamp(url), kept, failure: undefined });
  }

  /** An address gave none; the list that it gave before stays. */
  fail(url: string, why: { readonly at: number; readonly reason: string }): void {
    const { kept, failure: before } = this.at(url);
    const failure = { ...why, count: (before?.count ?? 0) + 1 };
    this.#store.writeFailure(url, failure);
    this.#remember(url, { stamp: this.#store.stamp(url), kept, failure });
  }

  #load(url: string): Place {
    const stamp = this.#store.stamp(url);
    return { stamp, kept: this.#store.read(url), failure: this.#store.readFailure(url) };
  }

  #remember(url: string, place: Place): void {
    const before = this.#places.get(url);
    this.#places.delete(url);
    this.#places.set(url, place);
    const [oldest] = this.#places.size > CAPACITY ? this.#places.keys() : [];
    if (oldest !== undefined) this.#places.delete(oldest);
    if (oldest !== undefined || before?.kept?.list !== place.kept?.list) this.#version++;
  }
}
