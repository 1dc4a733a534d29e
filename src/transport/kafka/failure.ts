import { MsgError } from '../../errors.js';
import { RULES } from './failure-rules.js';

/** What an error of kafkajs says about itself, gathered along its chain of causes. */
export interface Failure {
  /** Names of error classes, such as `KafkaJSConnectionError`. */
  readonly names: ReadonlySet<string>;
  /** Kafka's own error types, such as `TOPIC_AUTHORIZATION_FAILED`. */
  readonly types: ReadonlySet<string>;
  /** Codes of Node's network and TLS errors, such as `ECONNREFUSED`. */
  readonly codes: ReadonlySet<string>;
  /** The address that was dialled, where the error knows it; brokers name others than those that were given. */
  readonly broker: string | undefined;
  readonly message: string;
}

const MOST_CAUSES = 8;

/** Takes an error of kafkajs apart; its wrappers hide what matters in `cause`. */
export function readFailure(error: unknown): Failure {
  const names = new Set<string>();
  const types = new Set<string>();
  const codes = new Set<string>();
  let broker: string | undefined;
  let message = String(error);
  for (const one of chainOf(error)) {
    if (typeof one['name'] === 'string') names.add(one['name']);
    if (typeof one['type'] === 'string') types.add(one['type']);
    if (typeof one['code'] === 'string') codes.add(one['code']);
    if (typeof one['broker'] === 'string') broker = one['broker'];
    if (typeof one['message'] === 'string') message = one['message'];
  }
  return { names, types, codes, broker, message };
}

function chainOf(error: unknown): Record<string, unknown>[] {
  const chain: Record<string, unknown>[] = [];
  for (let one = error; isObject(one) && chain.length < MOST_CAUSES; one = one['cause']) {
    if (chain.includes(one)) break;
    chain.push(one);
    const first = firstOf(one['errors']);
    if (isObject(first)) chain.push(first);
  }
  return chain;
}

/** The first of several errors, as in an AggregateError. */
function firstOf(errors: unknown): unknown {
  return Array.isArray(errors) ? (errors as unknown[])[0] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What somebody may be kept from, as the sentence about it says. */
export type Deed =
  | 'write to'
  | 'create'
  | 'see the access rules of'
  | 'change the access rules of'
  | 'move the position in';

/** What was being done when something failed; it makes the sentence and the hint. */
export interface FailureContext {
  readonly brokers: readonly string[];
  readonly isTls: boolean;
  /** Who the brokers were told we are, as `msg inbox grant` takes it; undefined where nobody. */
  readonly user: string | undefined;
  /** Until when the client certificate is valid, in Unix milliseconds; undefined without one. */
  readonly certificateEnds: number | undefined;
  readonly now: number;
  readonly topic?: string;
  readonly group?: string;
  /** Where more was wanted than to look. */
  readonly deed?: Deed;
}

/** Tells an operator what an error of kafkajs means and what to do about it. */
export function explain(error: unknown, context: FailureContext): MsgError {
  if (error instanceof MsgError) return error;
  const failure = readFailure(error);
  for (const rule of RULES) {
    const found = rule(failure, context);
    if (found !== undefined)
      return new MsgError(found.code, found.message, { ...found, cause: error });
  }
  return new MsgError('broker-unreachable', `kafka failed: ${failure.message}`, { cause: error });
}
