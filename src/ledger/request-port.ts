import type { Connection } from '../sqlite/connection.js';
import type { InboxItems } from './inbox-items.js';
import type { RequestLedger } from './port.js';
import type { Requests } from './requests.js';
import { settle } from './settle.js';

/** Replies that somebody waits for. */
export function requestPort(
  { requests, items }: { readonly requests: Requests; readonly items: InboxItems },
  connection: Connection,
): RequestLedger {
  const atOnce = <T>(work: () => T): Promise<T> => settle(() => connection.transaction(work));
  return {
    begin: (awaited, isGone) => atOnce(() => requests.begin(awaited, isGone)),
    extend: (key, until) =>
      settle(() => {
        requests.extend(key, until);
      }),
    take: (key, until) => settle(() => requests.take(key, until)),
    delivered: (key) => settle(() => requests.delivered(key)),
    complete: (key, answer) =>
      atOnce(() => {
        const reply = requests.complete(key, answer);
        if (reply !== undefined) items.settled(reply);
        return reply !== undefined;
      }),
    end: (key) =>
      atOnce(() => {
        requests.end(key);
      }),
  };
}
