/** A promise together with what settles it; `Promise.withResolvers` came with Node 22. */
export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  /** Takes anything that was thrown; what is no Error is wrapped. */
  reject(reason: unknown): void;
}

/** Makes one. Its rejection counts as handled, so that whoever awaits it may come later. */
export function defer(): Deferred {
  let resolve!: () => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = (reason) => {
      onError(reason instanceof Error ? reason : new Error('failed', { cause: reason }));
    };
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
