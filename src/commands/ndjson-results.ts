import { MsgError } from '../errors.js';
import type { BatchedResult } from '../messaging/items/batch-request.js';
import type { Context } from '../runtime.js';

type Outcome =
  | { readonly line: number; readonly result: BatchedResult }
  | { readonly line: number; readonly error: unknown };

/** So much is printed at once, in characters. */
const AT_ONCE = 32 * 1024;

/** Prints what became of each line, in the order of the lines, and decides how it all has ended. */
export class NdjsonResults {
  readonly #context: Context;
  readonly #onFailure: () => void;
  #turn: Promise<void> = Promise.resolve();
  #text = '';
  #waiting = 0;
  #failure: unknown;
  #failedLine: number | undefined;
  #tally = { sent: 0, already: 0, queued: 0 };
  #queuedBecause: MsgError | undefined;
  #unwritten: MsgError | undefined;

  /** @param onFailure told once, when a line could not be sent. */
  constructor(context: Context, onFailure: () => void) {
    this.#context = context;
    this.#onFailure = onFailure;
  }

  /** Whether a line could not be sent: none after it need be read. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** A line's message is on its way. */
  expect(line: number, sending: Promise<BatchedResult>): void {
    const outcome = sending.then(
      (result): Outcome => ({ line, result }),
      (error: unknown): Outcome => {
        this.#note(line, error);
        return { line, error };
      },
    );
    this.#waiting += 1;
    this.#turn = this.#turn.then(async () => this.#print(await outcome));
  }

  /** What is read is no message, or cannot be read. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Waits until everything is printed. @throws the first failure, with what was sent before. */
  async conclude(): Promise<void> {
    await this.#turn;
    const { sent, already, queued } = this.#tally;
    const { report } = this.#context;
    if (queued > 0) {
      const why = this.#queuedBecause === undefined ? '' : `: ${this.#queuedBecause.message}`;
      const hint = 'they are kept; "msg outbox flush" sends them under the same ids';
      report.warn(`${queued} messages are not yet sent${why}`, hint);
    }
    if (this.#unwritten !== undefined) {
      const hint = 'list them with "msg message list --out"';
      report.warn(`not all ids could be written: ${this.#unwritten.message}`, hint);
    }
    report.note([`${sent} sent`, ...(already === 0 ? [] : [`${already} already sent`])].join(', '));
    if (this.#failure !== undefined) throw this.#explain(this.#failure);
  }

  #note(line: number, error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#failedLine = line;
    this.#onFailure();
  }

  async #print(outcome: Outcome): Promise<void> {
    this.#waiting -= 1;
    if ('result' in outcome) this.#add(outcome.line, outcome.result);
    if (this.#text === '' || (this.#waiting > 0 && this.#text.length < AT_ONCE)) return;
    const text = this.#text;
    this.#text = '';
    try {
      await this.#context.io.stdout.write(text);
    } catch (error) {
      // They have left by now: a script must not send all of them again.
      if (!(error instanceof MsgError) || error.code !== 'disk-full') throw error;
      this.#unwritten = error;
    }
  }

  #add(line: number, result: BatchedResult): void {
    const { id, batch, state, size, failure } = result;
    if (state === 'sent') this.#tally.sent += 1;
    else if (state === 'queued') this.#tally.queued += 1;
    else this.#tally.already += 1;
    this.#queuedBecause ??= failure;
    const { json, report } = this.#context;
    if (state === 'already-sent') report.detail(`already sent: ${id} (line ${line})`);
    const error = failure?.message;
    this.#text += json ? `${JSON.stringify({ line, id, batch, state, size, error })}\n` : `${id}\n`;
  }

  /** Says from which line on nothing was sent, so that the rest can be sent by itself. */
  #explain(failure: unknown): unknown {
    if (!(failure instanceof MsgError)) return failure;
    const { sent, already, queued } = this.#tally;
    const before = `accepted before it: ${sent + already + queued}`;
    const isOfLine = this.#failedLine !== undefined && !failure.message.startsWith('line ');
    const where = isOfLine ? `line ${this.#failedLine}: ` : '';
    return new MsgError(failure.code, `${where}${failure.message}; ${before}`, {
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      cause: failure,
    });
  }
}
