/**
 * Where a message in the inbox stands. A quarantined one stays known, so that it cannot come again. A
 * batch is `unpacked` while messages of it are to be delivered. A reply is `awaited` while the one who
 * asked waits for it.
 */
export const INBOX_STATES = [
  'received',
  'delivering',
  'awaited',
  'unpacked',
  'done',
  'quarantined',
] as const;

/** One of {@link INBOX_STATES}. */
export type InboxState = (typeof INBOX_STATES)[number];

/**
 * Where a message to one recipient stands. `expired` and `cancelled` ones are kept, so that it can be
 * seen what became of them; `failed` ones wait for an operator.
 */
export const OUTBOX_STATES = [
  'queued',
  'publishing',
  'sent',
  'failed',
  'expired',
  'cancelled',
] as const;

/** One of {@link OUTBOX_STATES}. */
export type OutboxState = (typeof OUTBOX_STATES)[number];

/** What `msg message list` can be asked for: a batch is how messages came, and they are listed. */
export const LISTED_STATES: readonly string[] = [
  ...INBOX_STATES.filter((state) => state !== 'unpacked'),
  ...OUTBOX_STATES,
];
