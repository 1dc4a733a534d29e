const FETCH = 1;

/** The versions of Fetch whose answers this file knows; kafkajs 2.2.4 has none above. */
const VERSIONS = { first: 4, withSession: 7, last: 11 };

/** Where a request has its API key and version (int16) and correlation id (int32), behind its size (int32). */
const API_KEY_AT = 4;
const VERSION_AT = 6;
const REQUEST_ID_AT = 8;
const REQUEST_HEADER = 12;

/** Where an answer has the correlation id, behind its size. */
const ANSWER_ID_AT = 4;
const ANSWER_HEADER = 8;

/** Behind the header, without records: throttle time, error and session where there is one, no topics. */
const EMPTY = 8;
const EMPTY_WITH_SESSION = 14;

/** What a request asks for, by Kafka's number; undefined for what is no request of Kafka's. */
export function apiKeyOf(data: unknown): number | undefined {
  if (!Buffer.isBuffer(data) || data.length < REQUEST_HEADER) return undefined;
  return data.readInt16BE(API_KEY_AT);
}

/** The fetch that a broker has not answered yet, of one connection. */
export class LongPoll {
  #waiting: { readonly id: number; readonly version: number } | undefined;
  #isOver = false;

  /** Whether it was ended here: what the broker answers later is nothing that anybody waits for. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Something is sent. */
  noteRequest(data: unknown): void {
    if (!Buffer.isBuffer(data) || apiKeyOf(data) !== FETCH) return;
    this.#waiting = {
      id: data.readInt32BE(REQUEST_ID_AT),
      version: data.readInt16BE(VERSION_AT),
    };
  }

  /** Whole answers have come. */
  noteAnswers(bytes: Buffer): void {
    for (let at = 0; bytes.length - at >= ANSWER_HEADER && this.#waiting !== undefined;) {
      if (bytes.readInt32BE(at + ANSWER_ID_AT) === this.#waiting.id) this.#waiting = undefined;
      at += ANSWER_ID_AT + Math.max(0, bytes.readInt32BE(at));
    }
  }

  /** The answer, with its size, of a broker that has nothing new; undefined where no fetch waits. */
  end(): Buffer | undefined {
    if (this.#waiting === undefined) return undefined;
    const { id, version } = this.#waiting;
    if (version < VERSIONS.first || version > VERSIONS.last) return undefined;
    this.#waiting = undefined;
    this.#isOver = true;
    const body = version < VERSIONS.withSession ? EMPTY : EMPTY_WITH_SESSION;
    const answer = Buffer.alloc(ANSWER_HEADER + body);
    answer.writeInt32BE(answer.length - ANSWER_ID_AT);
    answer.writeInt32BE(id, ANSWER_ID_AT);
    return answer;
  }
}
