/** Reads the types of Kafka's flexible message format (KIP-482) one after another. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    return this.bytes(2).readInt16BE();
  }

  int32(): number {
    return this.bytes(4).readInt32BE();
  }

  boolean(): boolean {
    return this.bytes(1)[0] !== 0;
  }

  /** @throws RangeError when fewer bytes are left. */
  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError(`${length} bytes wanted at ${this.#at}`);
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes(1)[0] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a varint of more than five bytes');
  }

  /** A compact string; null for the absent one. */
  compactString(): string | null {
    const length = this.unsignedVarint();
    return length === 0 ? null : this.bytes(length - 1).toString('utf8');
  }

  /** A compact array; the absent one is empty. */
  compactArray<T>(readItem: (reader: ByteReader) => T): T[] {
    const items: T[] = [];
    for (let left = this.unsignedVarint() - 1; left > 0; left--) items.push(readItem(this));
    return items;
  }

  skipTaggedFields(): void {
    for (let left = this.unsignedVarint(); left > 0; left--) {
      this.unsignedVarint();
      this.bytes(this.unsignedVarint());
    }
  }
}
