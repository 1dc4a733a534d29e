/** Thrown for bytes that are not the expected ABI encoding; the caller turns it into its own error. */
export class AbiError extends Error {
  override readonly name = 'AbiError';
}

/** What is left of the bytes that decoding may look at; shared by a reader and its children. */
interface Budget {
  bytes: number;
}

const WORD = 32;

/**
 * Walks through a tuple in the contract ABI's encoding. No copies: all bytes are views. Offsets are
 * bounds-checked, and every byte is paid for once, so that offsets which all lead to the same place
 * cannot make a short answer decode into an endless one.
 */
export class AbiReader {
  readonly #data: Uint8Array;
  readonly #budget: Budget;
  #position = 0;

  private constructor(data: Uint8Array, budget: Budget) {
    this.#data = data;
    this.#budget = budget;
  }

  /** A reader for a function's return values or an event's data. */
  static of(data: Uint8Array): AbiReader {
    return new AbiReader(data, { bytes: data.length });
  }

  /** uint8 to uint256. */
  uint(bits: number): bigint {
    const value = BigInt(`0x${this.#takeHex()}`);
    if (value >> BigInt(bits) === 0n) return value;
    throw new AbiError(`a uint${bits} that is too large`);
  }

  /** uint8 to uint48, which a number holds exactly. */
  smallUint(bits: 8 | 16 | 32 | 48): number {
    return Number(this.uint(bits));
  }

  bool(): boolean {
    const value = this.uint(8);
    if (value <= 1n) return value === 1n;
    throw new AbiError('a bool that is neither 0 nor 1');
  }

  /** The 20 bytes of an address. */
  address(): Uint8Array {
    const word = this.#take();
    if (word.subarray(0, 12).every((byte) => byte === 0)) return word.subarray(12);
    throw new AbiError('an address of more than 20 bytes');
  }

  bytes32(): Uint8Array {
    return this.#take();
  }

  bytes(): Uint8Array {
    const content = this.#follow();
    const length = content.#length();
    const padded = Math.ceil(length / WORD) * WORD;
    content.#pay(padded);
    return content.#data.subarray(content.#position, content.#position + length);
  }

  /** UTF-8 text; malformed text is refused. */
  string(): string {
    const bytes = this.bytes();
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new AbiError('a string that is not UTF-8');
    }
  }

  /** A tuple that holds something of variable length. */
  dynamicTuple<T>(read: (reader: AbiReader) => T): T {
    return read(this.#follow());
  }

  /** An array of tuples that hold something of variable length. */
  dynamicTuples<T>(read: (reader: AbiReader) => T): T[] {
    const content = this.#follow();
    const count = content.#length();
    const items = content.#from(content.#position);
    if (count > items.#data.length / WORD) throw new AbiError('an array longer than the answer');
    return Array.from({ length: count }, () => items.dynamicTuple(read));
  }

  #length(): number {
    const length = this.uint(256);
    if (length <= BigInt(this.#data.length)) return Number(length);
    throw new AbiError('a length beyond the end');
  }

  /** The content that the next word's offset leads to. */
  #follow(): AbiReader {
    return this.#from(this.#length());
  }

  #from(offset: number): AbiReader {
    return new AbiReader(this.#data.subarray(offset), this.#budget);
  }

  #takeHex(): string {
    const word = this.#take();
    return Buffer.from(word.buffer, word.byteOffset, word.length).toString('hex');
  }

  #take(): Uint8Array {
    this.#pay(WORD);
    this.#position += WORD;
    return this.#data.subarray(this.#position - WORD, this.#position);
  }

  #pay(bytes: number): void {
    if (this.#position + bytes > this.#data.length) throw new AbiError('the answer is cut short');
    this.#budget.bytes -= bytes;
    if (this.#budget.bytes < 0) throw new AbiError('parts of the answer overlap');
  }
}
