import type { Connection } from '../sqlite/connection.js';
import type { Answers } from './answers.js';
import type { IncomingFiles } from './incoming-files.js';
import type { OutgoingFiles } from './outgoing-files.js';
import type { IncomingFileLedger, OutgoingFileLedger } from './port.js';
import { settle } from './settle.js';

/** Large payloads on their way in; what expires on the way is rejected where a receipt was asked for. */
export function incomingPort(
  files: IncomingFiles,
  answers: Answers,
  connection: Connection,
): IncomingFileLedger {
  return {
    find: (fileId) => settle(() => files.find(fileId)),
    list: () => settle(() => files.list()),
    expire: (times) =>
      settle(() =>
        connection.transaction(() => {
          const ended = files.expire(times);
          for (const file of ended) {
            if (file.reason === 'expired') answers.rejectKnown(file, file);
          }
          return ended;
        }),
      ),
    startOver: (number) =>
      settle(() => {
        files.startOver(number);
      }),
    spooled: (number) => settle(() => files.spooled(number)),
    allSpooled: () => settle(() => files.allSpooled()),
    releasable: () => settle(() => files.releasable()),
    released: (number) =>
      settle(() => {
        files.released(number);
      }),
    orphans: () => settle(() => files.orphans()),
  };
}

/** The port of the large payloads that go out. */
export function outgoingPort(files: OutgoingFiles, connection: Connection): OutgoingFileLedger {
  const atOnce = <T>(work: () => T): Promise<T> => settle(() => connection.transaction(work));
  return {
    find: (delivery) => settle(() => files.find(delivery)),
    list: () => settle(() => files.list()),
    note: (delivery, progress) =>
      settle(() => {
        files.note(delivery, progress);
      }),
    noteSent: (delivery) =>
      settle(() => {
        files.noteSent(delivery);
      }),
    reseal: (delivery, anew) =>
      atOnce(() => {
        files.reseal(delivery, anew);
      }),
    sendAgain: (which) => atOnce(() => files.sendAgain(which)),
    giveUp: (sentBefore) => atOnce(() => files.giveUp(sentBefore)),
    discard: (id) => atOnce(() => files.discard(id)),
    relocate: (id, own) =>
      settle(() => {
        files.relocate(id, own);
      }),
    releasable: () => settle(() => files.releasable()),
    released: (message) =>
      settle(() => {
        files.released(message);
      }),
    spooledSources: () => settle(() => files.spooledSources()),
  };
}
