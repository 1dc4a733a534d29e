/** A field of a JSON object on stdout or stderr. */
export type FieldEntry = readonly [name: string, about: string];

/** The fields of what `msg listen --json` prints for each message. */
export const LISTEN_FIELDS: readonly FieldEntry[] = [
  ['id', 'the message id, a UUID version 7'],
  ['from', "the sender's name, as the signature proves it"],
  ['to', 'the names of all recipients'],
  ['kind', 'message'],
  ['type', 'what the message is, in the words of the applications'],
  ['cid', 'the correlation id'],
  ['replyTo', 'the id of the message that this one answers'],
  ['name', 'the file name that the sender gives it'],
  ['contentType', 'the media type'],
  ['size', 'the size of the payload, in bytes'],
  ['sent', 'when the sender sealed it'],
  ['received', 'when it was taken in here'],
  ['signer', "SHA-256 of the signer's certificate, in hexadecimal"],
  ['topic, partition, offset', 'where it stands in the log'],
  ['attempt', 'how often it was handed over, this time included'],
  ['redelivered', 'true: it may have been handed over before'],
  [
    'replay',
    'true: an earlier message that was asked for again, with --from or msg message replay',
  ],
  ['json', "the payload that is JSON: the sender's own text, its numbers untouched"],
  ['text', 'the payload that is other text'],
  ['base64', 'any other payload'],
  ['file', 'instead of the payload: the file it was written to'],
  ['outcome', 'instead of the payload: how the handler ended, such as exit 0 or HTTP 204'],
  ['milliseconds', 'how long the handler took'],
  ['replyId', 'the id of the reply that the handler gave'],
];

/** The fields of what `msg send --format json` prints. */
export const SEND_FIELDS: readonly FieldEntry[] = [
  ['id', 'the message id'],
  ['state', 'sent, queued or already-sent'],
  ['size, sealedSize', 'the size of the payload and of what travels, in bytes'],
  ['recipients', 'for each: peer, topic, state, partition, offset and, if there was one, error'],
  [
    'receipts',
    'with --wait, for each recipient: peer, says and, where it rejected it, reason and detail',
  ],
];

/** The fields of what `msg send --ndjson --format json` prints for each line. */
export const SEND_NDJSON_FIELDS: readonly FieldEntry[] = [
  ['line', 'the number of the line, from 1'],
  ['id', 'the message id'],
  ['batch', 'the id of the envelope that it went in'],
  ['state', 'sent, queued or already-sent'],
  ['size', 'the size of the payload, in bytes'],
  ['error', 'why it is only queued'],
];

/** The fields of the one object that reports an error. */
export const ERROR_FIELDS: readonly FieldEntry[] = [
  ['error.code', 'a stable name; see "msg help exit-codes"'],
  ['error.message', 'what happened, for people'],
  ['error.hint', 'what to do next, where there is something'],
  ['error.retryable', 'whether the same call can succeed later'],
];

/** What holds for all JSON that msg prints. */
export const JSON_RULES: readonly string[] = [
  'With --json, or --format json where --json means something else, standard output carries one JSON object a line and nothing else; a command that answers with one thing prints one object.',
  'Fields are added in later versions and never change their meaning. A field without a value is absent or null. Times are ISO 8601 in UTC, sizes are bytes, offsets are numbers.',
  'What goes to standard error is JSON, too: one object a line with error, warning, note or debug as its only field.',
];
