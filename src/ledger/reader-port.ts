import type { Connection } from '../sqlite/connection.js';
import type { ReaderLedger } from './port.js';
import type { Readers } from './readers.js';
import { settle } from './settle.js';

/** Who takes in what comes. */
export function readerPort(readers: Readers, connection: Connection): ReaderLedger {
  return {
    listen: (lease) =>
      settle(() => {
        connection.transaction(() => {
          readers.listen(lease);
        });
      }),
    isListening: (isGone) => settle(() => readers.isListening(isGone)),
    standIn: (lease, isGone) =>
      settle(() => connection.transaction(() => readers.standIn(lease, isGone))),
    leave: (token) =>
      settle(() => {
        readers.leave(token);
      }),
  };
}
