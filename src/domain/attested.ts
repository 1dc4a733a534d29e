/** How far a message has come at its recipient, as a receipt attests it. */
export type Attested = 'received' | 'processed';

/** Both, in the order in which they come about. */
export const ATTESTED: readonly Attested[] = ['received', 'processed'];

/** How a recipient answers a message that asks for receipts. */
export type Answered = Attested | 'rejected';

/** Every way to answer, in the order in which they come about. */
export const ANSWERS: readonly Answered[] = ['received', 'processed', 'rejected'];

/** A message of a batch that was rejected while others were not. */
export interface ItemException {
  /** Its place in the batch, from 0. */
  readonly at: number;
  /** Why, as a stable name. */
  readonly reason: string;
}
