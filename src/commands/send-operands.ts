import { statSync } from 'node:fs';
import { isPeerName, parsePeerName, type PeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import { findPeer } from '../messaging/recipients.js';
import { AS_IT_IS } from '../registry/port.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import type { ContentSource } from './send-content.js';

/** What stands on the command line besides options, and what stands for the payload there. */
export interface GivenOperands {
  /** Peers, then the file unless `document` is given; `-` is standard input. */
  readonly operands: readonly string[];
  /** A JSON text to send instead of a file. */
  readonly document?: string | undefined;
}

/**
 * Peers come first, several also separated by commas; the last operand is the file, if there is one.
 *
 * @throws MsgError `usage` when what stands where peers do is none, such as a second payload.
 */
export function splitOperands(given: GivenOperands): {
  readonly peers: readonly PeerName[];
  readonly source: ContentSource;
} {
  const { document } = given;
  const { named, last } = places(given);
  const peers = [...new Set(named.flatMap((operand) => peersIn(operand, given)))];
  if (document !== undefined) return { peers, source: { document } };
  return { peers, source: last === undefined || last === '-' ? 'stdin' : { file: last } };
}

/**
 * The peers that an operand names.
 *
 * @throws MsgError `usage` when it names none, saying so where it is a payload.
 */
export function peersIn(operand: string, given: GivenOperands): readonly PeerName[] {
  if (operand === '-') throw misplaced(operand, given);
  const names = operand.split(',');
  if (!names.every(isPeerName) && lookAt(operand) !== undefined) throw misplaced(operand, given);
  return names.map(parsePeerName);
}

/**
 * What a failure to send is, once the directory has said that it knows a peer not: a file's name may look
 * like a peer's, so only then is it certain that the file is meant.
 */
export async function explainUnknownPeer(
  error: unknown,
  given: GivenOperands,
  context: Pick<Context, 'session'>,
): Promise<unknown> {
  if (!(error instanceof MsgError) || error.code !== 'peer-unknown') return error;
  const session = await context.session();
  for (const operand of places(given).named) {
    const names = operand.split(',').filter(isPeerName);
    if (lookAt(operand) === 'file' && (await isAnyUnknown(names, session))) {
      return misplaced(operand, given);
    }
  }
  return error;
}

async function isAnyUnknown(
  peers: readonly PeerName[],
  session: Pick<Session, 'book'>,
): Promise<boolean> {
  try {
    for (const peer of peers) await findPeer(peer, session.book(), AS_IT_IS);
    return false;
  } catch (error) {
    return error instanceof MsgError && error.code === 'peer-unknown';
  }
}

function places({ operands, document }: GivenOperands): {
  readonly named: readonly string[];
  readonly last: string | undefined;
} {
  if (document !== undefined || operands.length < 2) return { named: operands, last: undefined };
  return { named: operands.slice(0, -1), last: operands.at(-1) };
}

function misplaced(operand: string, given: GivenOperands): MsgError {
  const { named, last } = places(given);
  const other = given.document === undefined ? last : '--json';
  const isForAPeer = named.some((one) => one !== operand && one.split(',').every(isPeerName));
  if (isForAPeer && other !== undefined && (other === '--json' || isPayload(other))) {
    return twoPayloads(operand, other);
  }
  const what =
    operand === '-' ? '"-" is standard input' : `${operand} is a ${lookAt(operand) ?? 'file'}`;
  const sent = given.document === undefined ? operand : '--json DOCUMENT';
  return new MsgError('usage', `${what}, not a peer`, {
    hint: `the peers come first, what is sent comes last: msg send PEER ${sent}`,
  });
}

/** Two things to send, for one message. */
export function twoPayloads(one: string, other: string): MsgError {
  const names = [one, other].map((payload) =>
    payload === '--json' ? 'the document of --json' : inWords(payload),
  );
  return new MsgError('usage', `two payloads were given: ${names.join(' and ')}`, {
    hint: 'a message holds one of them: leave one out, or send each by itself',
  });
}

/** Whether this is something to send: standard input or what is there. */
export function isPayload(operand: string): boolean {
  return operand === '-' || lookAt(operand) !== undefined;
}

function inWords(payload: string): string {
  return payload === '-' ? 'standard input' : `the ${lookAt(payload) ?? 'file'} ${payload}`;
}

function lookAt(path: string): 'file' | 'directory' | undefined {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return undefined;
  }
}
