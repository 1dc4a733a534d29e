import type { Connection } from '../sqlite/connection.js';
import type { Inbox } from './inbox.js';
import type { Lanes } from './lanes.js';
import type { InboxLedger, LaneLedger } from './port.js';
import type { Requests } from './requests.js';
import { settle } from './settle.js';

/** What came in, as others see it. */
export function inboxPort(inbox: Inbox): InboxLedger {
  return {
    receive: (records, next) => settle(() => inbox.receive(records, next)),
    position: (at) => settle(() => inbox.position(at)),
    movePosition: (at, next) =>
      settle(() => {
        inbox.movePosition(at, next);
      }),
    undelivered: () => settle(() => inbox.undelivered()),
    sealed: (number) => settle(() => inbox.sealed(number)),
  };
}

/** The deliveries, as others see them. */
export function lanePort(lanes: Lanes, requests: Requests, connection: Connection): LaneLedger {
  return {
    claim: (claim) => settle(() => lanes.claim(claim)),
    renew: (owner, sender, until) => settle(() => lanes.renew(owner, sender, until)),
    note: (owner, number, note) => settle(() => lanes.note(owner, number, note)),
    complete: (owner, number, answer) =>
      settle(() => {
        connection.transaction(() => lanes.complete(owner, number, answer));
      }),
    release: (owner, number) =>
      settle(() => {
        lanes.release(owner, number);
      }),
    postpone: (owner, number, failure) => settle(() => lanes.postpone(owner, number, failure)),
    blocked: () => settle(() => lanes.blocked()),
    releaseAbandoned: (isGone) =>
      settle(() => {
        // Looking takes no write lock: listeners that have nothing else to do look every second.
        const replies = requests.hasAbandoned(isGone)
          ? connection.transaction(() => requests.releaseAbandoned(isGone))
          : 0;
        return replies + lanes.releaseAbandoned(isGone);
      }),
    quarantine: (owner, number, why) => settle(() => lanes.quarantine(owner, number, why)),
  };
}
