import { MsgError } from '../errors.js';

/** One row of a result, read column by column into the type that the caller expects. */
export class Row {
  readonly #columns: ReadonlyMap<string, number>;
  readonly #values: readonly unknown[];

  constructor(columns: ReadonlyMap<string, number>, values: readonly unknown[]) {
    this.#columns = columns;
    this.#values = values;
  }

  text(column: string): string {
    const value = this.#value(column);
    return typeof value === 'string' ? value : unexpected(column, value, 'text');
  }

  textOrNone(column: string): string | undefined {
    return this.#isNull(column) ? undefined : this.text(column);
  }

  /** A 64-bit integer. */
  bigint(column: string): bigint {
    const value = this.#value(column);
    return typeof value === 'bigint' ? value : unexpected(column, value, 'an integer');
  }

  bigintOrNone(column: string): bigint | undefined {
    return this.#isNull(column) ? undefined : this.bigint(column);
  }

  /** An integer within ±(2^53 - 1). */
  integer(column: string): number {
    const value = Number(this.bigint(column));
    return Number.isSafeInteger(value) ? value : unexpected(column, value, 'a safe integer');
  }

  integerOrNone(column: string): number | undefined {
    return this.#isNull(column) ? undefined : this.integer(column);
  }

  bytes(column: string): Uint8Array {
    const value = this.#value(column);
    return value instanceof Uint8Array ? value : unexpected(column, value, 'bytes');
  }

  bytesOrNone(column: string): Uint8Array | undefined {
    return this.#isNull(column) ? undefined : this.bytes(column);
  }

  #value(column: string): unknown {
    const at = this.#columns.get(column);
    if (at === undefined) throw new MsgError('bug', `the result has no column ${column}`);
    return this.#values[at];
  }

  #isNull(column: string): boolean {
    return this.#value(column) === null;
  }
}

function unexpected(column: string, value: unknown, expected: string): never {
  throw new MsgError('config', `column ${column} holds ${typeof value}, not ${expected}`, {
    hint: 'the database was changed by another program; restore it from a backup',
  });
}
