import { formatByteSize } from '../domain/byte-size.js';
import { parseHeader } from '../envelope/header-json.js';
import type { IncomingMessage, MissingMessage } from '../ledger/port.js';
import type { JudgedRecord } from '../messaging/judge-waiting.js';
import type { LookBackEvent } from '../messaging/replay/looking-back.js';
import type { ReceiptEvent } from '../messaging/receive.js';
import type { SubscriptionNotice } from '../transport/port.js';

/** A sentence about a record, and whether it is nothing to worry about. */
export interface Notice {
  readonly sentence: string | undefined;
  readonly isRoutine: boolean;
}

const NOTHING: Notice = { sentence: undefined, isRoutine: true };

/** What is to be said about a record that was not simply new. */
export function describeReceived({ outcome, inspected, stored }: ReceiptEvent): Notice {
  const at = `${stored.topic}/${stored.partition}@${stored.offset}`;
  const { record } = inspected;
  switch (record.outcome) {
    case 'refused':
    case 'abort':
      if (outcome === 'unjudged') {
        return {
          sentence: `set a record aside (${at}): ${record.refused.detail}`,
          isRoutine: true,
        };
      }
      if (outcome !== 'refused') return NOTHING;
      return { sentence: `refused a record (${at}): ${record.refused.detail}`, isRoutine: false };
    case 'orphan':
      return { sentence: `dropped a chunk of an unknown payload (${at})`, isRoutine: true };
    case 'chunk': {
      const { end } = record.chunk;
      if (outcome !== 'refused' || end?.isWhole !== false) return NOTHING;
      return { sentence: `refused a payload (${at}): ${end.detail}`, isRoutine: false };
    }
    case 'receipt': {
      const { says, id, peer } = record.receipt;
      return { sentence: `${says} by ${peer}: ${id}`, isRoutine: true };
    }
    case 'batch':
      return describeBatch(outcome, record.message, at);
    case 'manifest':
    case 'message':
      return describeMessage(outcome, record.message, at);
  }
}

/** A batch is refused only in part: the others of its messages are delivered. */
function describeBatch(
  outcome: ReceiptEvent['outcome'],
  message: IncomingMessage,
  at: string,
): Notice {
  if (outcome !== 'conflict') return describeMessage(outcome, message, at);
  const { sender, id } = message;
  const sentence = `the batch ${id} from ${sender} (${at}) has ids that stand for other messages: see "msg quarantine list"`;
  return { sentence, isRoutine: false };
}

function describeMessage(
  outcome: ReceiptEvent['outcome'],
  { sender, id, header }: IncomingMessage,
  at: string,
): Notice {
  switch (outcome) {
    case 'begun': {
      const { name = 'a payload', size } = parseHeader(header);
      const sentence = `receiving ${name} (${formatByteSize(size)}) from ${sender}: ${id}`;
      return { sentence, isRoutine: true };
    }
    case 'dropped':
      return {
        sentence: `passed over ${id} from ${sender} (${at}): it was dropped`,
        isRoutine: true,
      };
    case 'duplicate':
      return { sentence: `already received: ${id} from ${sender} (${at})`, isRoutine: true };
    case 'conflict':
      return {
        sentence: `refused a second, different message with the id ${id} from ${sender} (${at})`,
        isRoutine: false,
      };
    case 'refused':
      return {
        sentence: `refused ${id} from ${sender} (${at}): too much of that sender is under way`,
        isRoutine: false,
      };
    default:
      return NOTHING;
  }
}

/** What is to be said about a record that had waited for its signer to be judged. */
export function describeJudged({ row, outcome, detail }: JudgedRecord): Notice {
  const { topic, partition, offset } = row.source;
  const at = `${topic}/${partition}@${offset}`;
  if (outcome === 'refused' || outcome === 'conflict') {
    return { sentence: `refused a record (${at}): ${detail}`, isRoutine: false };
  }
  return { sentence: `a record that had waited (${at}) was judged: ${outcome}`, isRoutine: true };
}

/** A sentence about a message that has not come. */
export function describeMissing({ sender, id, namedBy, claimedBy }: MissingMessage): string {
  const claim =
    claimedBy === undefined ? '' : `; record ${claimedBy.number} in quarantine claims to be it`;
  return `a message is missing: ${sender} names ${id} as sent before ${namedBy}, and it has not come${claim}`;
}

/** A sentence about a message that a look back could not deliver again. */
export function describeNotReplayed({
  message: { header },
  error,
}: Extract<LookBackEvent, { kind: 'not-replayed' }>): string {
  const why = error?.message ?? `an earlier one of ${header.from} was not`;
  return `${header.id} from ${header.from} was not delivered again: ${why}`;
}

/** A sentence about what a subscription noticed. */
export function describeNotice(notice: SubscriptionNotice): string {
  switch (notice.kind) {
    case 'gap':
      return `the log no longer holds offsets ${notice.from} to ${notice.to - 1n} of ${notice.partition.topic}: they were never read`;
    case 'unreadable':
      return `passed over offsets ${notice.from} to ${notice.to - 1n} of ${notice.partition.topic}: ${notice.reason}`;
    case 'rewound':
      return `${notice.partition.topic} was made anew (position ${notice.known} lies past its end): reading it from the start`;
    case 'unreachable':
      return `the log cannot be reached: ${notice.reason}; trying again`;
    case 'reachable':
      return 'the log can be reached again';
  }
}
