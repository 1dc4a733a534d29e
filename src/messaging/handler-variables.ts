import type { IncomingDelivery } from './sink.js';

/** Something that a handler is told about a message, in a variable of its environment. */
interface HandlerVariable {
  readonly about: string;
  /** Undefined where the message does not have it: then the variable is not set. */
  readonly of: (message: IncomingDelivery) => string | number | undefined;
}

/** What a handler is told about a message. The names are a contract with handlers: none ever changes. */
export const HANDLER_VARIABLES = {
  MSG_ID: { about: 'the message id, a UUID version 7', of: ({ header }) => header.id },
  MSG_FROM: {
    about: "the sender's name, as the signature proves it",
    of: ({ header }) => header.from,
  },
  MSG_TO: {
    about: 'the names of all recipients, separated by commas',
    of: ({ header }) => header.to.map(({ peer }) => peer).join(','),
  },
  MSG_KIND: { about: 'message', of: ({ header }) => header.kind },
  MSG_TYPE: {
    about: 'what the message is, in the words of the applications',
    of: ({ header }) => header.type,
  },
  MSG_CID: { about: 'the correlation id', of: ({ header }) => header.cid },
  MSG_REPLY_TO: {
    about: 'the id of the message that this one answers',
    of: ({ header }) => header.replyTo,
  },
  MSG_NAME: { about: 'the file name that the sender gives it', of: ({ header }) => header.name },
  MSG_CONTENT_TYPE: { about: 'the media type', of: ({ header }) => header.contentType },
  MSG_SIZE: { about: 'the size of the payload, in bytes', of: ({ payload }) => payload.size },
  MSG_SENT: {
    about: 'when the sender sealed it, ISO 8601 in UTC',
    of: ({ header }) => iso(header.sent),
  },
  MSG_EXPIRES: {
    about: 'from when on it must not be delivered',
    of: ({ header }) => (header.expires === undefined ? undefined : iso(header.expires)),
  },
  MSG_RECEIVED: {
    about: 'when it was taken in here',
    of: ({ receivedAt }) => iso(receivedAt),
  },
  MSG_SIGNER: {
    about: "SHA-256 of the signer's certificate, in hexadecimal",
    of: ({ signer }) => signer,
  },
  MSG_ATTEMPT: {
    about: 'how often it was handed over, this time included',
    of: ({ attempt }) => attempt,
  },
  MSG_REDELIVERED: {
    about: '1 if it may have been handed over before, else 0',
    of: ({ redelivered }) => (redelivered ? 1 : 0),
  },
  MSG_REPLAY: {
    about: '1 if an earlier message was asked for again, else 0',
    of: ({ replay }) => (replay ? 1 : 0),
  },
  MSG_TOPIC: { about: 'the topic it came from', of: ({ source }) => source.topic },
  MSG_PARTITION: { about: 'its partition', of: ({ source }) => source.partition },
  MSG_OFFSET: { about: 'its offset in the partition', of: ({ source }) => String(source.offset) },
} as const satisfies Record<string, HandlerVariable>;

/** The variable with the payload's path, where the handler gets it as a file. */
export const FILE_VARIABLE = 'MSG_FILE';

/** The variables of a message, by name; those that it does not have are undefined. */
export function handlerVariables(message: IncomingDelivery): Record<string, string | undefined> {
  const entries = Object.entries<HandlerVariable>(HANDLER_VARIABLES).map(([name, { of }]) => {
    const value = of(message);
    return [name, value === undefined ? undefined : String(value)] as const;
  });
  return Object.fromEntries(entries);
}

function iso(unixMilliseconds: number): string {
  return new Date(unixMilliseconds).toISOString();
}
