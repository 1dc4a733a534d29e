import type { ReceiptEvent } from '../messaging/receive.js';
import type { SubscriptionNotice } from '../transport/port.js';

/** A sentence about a record that was not simply new, and whether it is nothing to worry about. */
export function describeReceived({ outcome, inspected, stored }: ReceiptEvent): {
  readonly sentence: string | undefined;
  readonly isRoutine: boolean;
} {
  const at = `${stored.topic}/${stored.partition}@${stored.offset}`;
  const { record } = inspected;
  if (outcome === 'new') return { sentence: undefined, isRoutine: true };
  if (record.outcome === 'refused') {
    return { sentence: `refused a record (${at}): ${record.refused.detail}`, isRoutine: false };
  }
  const { sender, id } = record.message;
  if (outcome === 'dropped') {
    return {
      sentence: `passed over ${id} from ${sender} (${at}): it was dropped`,
      isRoutine: true,
    };
  }
  return outcome === 'duplicate'
    ? { sentence: `already received: ${id} from ${sender} (${at})`, isRoutine: true }
    : {
        sentence: `refused a second, different message with the id ${id} from ${sender} (${at})`,
        isRoutine: false,
      };
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
