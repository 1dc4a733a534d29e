/** What a web server said about an answer, to ask by next time (RFC 9110, section 8.8). */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** What came of asking an address for a list; lifetimes in milliseconds. */
export type Answer =
  | {
      readonly kind: 'list';
      readonly body: Uint8Array;
      readonly validators: Validators;
      readonly httpLifetime: number | undefined;
    }
  /** It is still the list that the validators came with. */
  | { readonly kind: 'unchanged'; readonly httpLifetime: number | undefined }
  /** The reason is made of few words and fit for a terminal. */
  | { readonly kind: 'failed'; readonly reason: string };
