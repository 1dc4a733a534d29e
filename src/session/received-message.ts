import { readFileSync } from 'node:fs';
import type { Header } from '../envelope/header.js';
import type { Payload } from '../messaging/payload.js';
import type { IncomingDelivery } from '../messaging/sink.js';

/** A verified message, as a handler gets it. */
export interface ReceivedMessage {
  readonly header: Header;
  /** `bytes()` gives all of it, `stream()` gives it in pieces; until the handler's promise resolves. */
  readonly payload: Payload;
  /** Parses the payload as JSON. @throws SyntaxError when it is not JSON. */
  json(): unknown;
  /** SHA-256 of the signer's certificate. */
  readonly signer: string;
  /** 1 at the first try; above 1 the message may have been handled before. */
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly replay: boolean;
}

/** A delivery in the shape that applications see. */
export function receivedMessage(message: IncomingDelivery): ReceivedMessage {
  const { header, payload, signer, attempt, redelivered, replay } = message;
  const json = (): unknown => JSON.parse(textOf(payload));
  return { header, payload, json, signer, attempt, redelivered, replay };
}

/** Parsing takes longer than reading, and is as synchronous. */
function textOf(payload: Payload): string {
  if (payload.place === 'file') return readFileSync(payload.path, 'utf8');
  return Buffer.from(payload.content).toString('utf8');
}
