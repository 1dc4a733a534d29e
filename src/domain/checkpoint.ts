/** The moments between two steps at which a crash must do no harm. */
export type Checkpoint =
  | 'send:spooled'
  | 'send:kept'
  | 'send:announced'
  | 'send:chunk'
  | 'publish:begun'
  | 'publish:acknowledged'
  | 'receive:spooled'
  | 'receive:judged'
  | 'receive:stored'
  | 'deliver:claimed'
  | 'deliver:delivered'
  | 'deliver:completed'
  | 'file:written'
  | 'file:noted'
  | 'file:linked'
  | 'replay:begun'
  | 'replay:delivered'
  | 'prune:step'
  | 'batch:begun'
  | 'batch:sent'
  | 'batch:finished';

const LISTENER = Symbol.for('peermsg.checkpoint');

/**
 * Marks such a moment. In use nothing listens; a test that kills the process just here puts a function
 * under `Symbol.for('peermsg.checkpoint')` of the global object.
 */
export function checkpoint(name: Checkpoint): void {
  const listener: unknown = Reflect.get(globalThis, LISTENER);
  if (typeof listener === 'function') Reflect.apply(listener as () => void, undefined, [name]);
}
