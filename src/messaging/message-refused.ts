import { MsgError, type MsgErrorOptions } from '../errors.js';

/** A message is not to be delivered, for good: it goes to quarantine under this reason. */
export class MessageRefused extends MsgError {
  readonly reason: string;

  constructor(reason: string, message: string, options?: MsgErrorOptions) {
    super('message-refused', message, options);
    this.reason = reason;
  }
}
