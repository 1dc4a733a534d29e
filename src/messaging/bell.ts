/** Lets loops sleep until something happens, without missing what happens just before they sleep. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #rings = 0;

  /** How often it has rung: to be taken before looking whether there is work. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings++;
    for (const wake of Array.from(this.#waiting)) wake();
  }

  /**
   * Resolves when it has rung since the count was taken, at once if it already has, or after so many
   * milliseconds.
   */
  wait(since: number, milliseconds: number): Promise<void> {
    if (this.#rings !== since) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
    });
  }
}
