import { parseHeader } from '../envelope/header-json.js';
import type { FileBeingReceived } from '../messaging/file-being-received.js';
import type { Context } from '../runtime.js';
import type { Progress } from '../terminal/progress.js';
import { letHeapGrow } from './heap.js';

/** Shows how far large payloads have come. */
export class ListenProgress {
  readonly #context: Pick<Context, 'progress'>;
  readonly #shown = new Map<number, { readonly progress: Progress; done: number }>();

  constructor(context: Pick<Context, 'progress'>) {
    this.#context = context;
  }

  /** A part of this payload has come. */
  update(file: FileBeingReceived): void {
    const { number, count, received, size } = file.row;
    // The row is as it was before this part came: what came before is no part of the rate.
    const before = Math.floor((received / count) * size);
    const shown = this.#shown.get(number) ?? { progress: this.#begin(file, before), done: before };
    this.#shown.set(number, shown);
    shown.progress.advance(file.bytes - shown.done);
    shown.done = file.bytes;
    if (!file.isWhole) return;
    shown.progress.finish();
    this.#shown.delete(number);
  }

  #begin({ row: { sender, id, header, size } }: FileBeingReceived, before: number): Progress {
    letHeapGrow();
    const { name } = parseHeader(header);
    const facts = { id, from: sender, ...(name === undefined ? {} : { name }) };
    return this.#context.progress({
      label: `${name ?? id} from ${sender}`,
      total: size,
      before,
      facts: { direction: 'in', ...facts },
    });
  }
}
