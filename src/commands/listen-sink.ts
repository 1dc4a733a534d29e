import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDirectory } from '../config/directories.js';
import { secretVariables } from '../config/secret-variables.js';
import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { DirectorySink } from '../messaging/directory-sink.js';
import type { IncomingDelivery, Sink } from '../messaging/sink.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { readPem } from '../session/pem-setting.js';
import { clearAbandoned } from './handler-directory.js';
import { LineSink, PayloadSink } from './line-sinks.js';
import { lineWriter } from './message-lines.js';

/** Where messages are to go. */
export interface SinkOptions {
  readonly out?: string | undefined;
  readonly exec?: string | undefined;
  readonly execFile?: string | undefined;
  readonly execTimeout?: string | undefined;
  readonly forwardTo?: string | undefined;
  readonly forwardTimeout?: string | undefined;
  readonly reply?: boolean | undefined;
  readonly replyType?: string | undefined;
}

/** Where messages go, once every option has been understood. */
export type SinkChoice =
  | { readonly kind: 'lines' }
  | { readonly kind: 'payloads' }
  | { readonly kind: 'directory'; readonly path: string }
  | {
      readonly kind: 'command';
      readonly command: string;
      readonly asFile: boolean;
      readonly timeout: number | undefined;
      readonly reply: ReplyChoice | undefined;
    }
  | {
      readonly kind: 'server';
      readonly url: URL;
      readonly timeout: number;
      readonly reply: ReplyChoice | undefined;
    };

/** That the answer is sent back, and as what. */
interface ReplyChoice {
  readonly type: string | undefined;
}

const FORWARD_TIMEOUT = '60s';

/**
 * Reads the options that say where messages go.
 *
 * @throws MsgError `usage` for several places, and for options that the chosen one does not have.
 */
export function parseSink(options: SinkOptions): SinkChoice {
  const { out, exec, execFile, execTimeout, forwardTo, forwardTimeout } = options;
  const places = {
    '--out': out,
    '--exec': exec,
    '--exec-file': execFile,
    '--forward-to': forwardTo,
  };
  const given = Object.entries(places).filter(([, value]) => value !== undefined);
  refuseBlank(given);
  if (given.length > 1) {
    throw new MsgError('usage', `${given.map(([flag]) => flag).join(' and ')} exclude each other`, {
      hint: 'start a listener for each: they share the inbox',
    });
  }
  const command = exec ?? execFile;
  requirePlace(command, { '--exec-timeout': execTimeout }, '--exec or --exec-file');
  requirePlace(forwardTo, { '--forward-timeout': forwardTimeout }, '--forward-to');
  requirePlace(
    command ?? forwardTo,
    { '--reply': options.reply },
    '--exec, --exec-file or --forward-to',
  );
  const reply = parseReply(options);
  if (out === '-') return { kind: 'payloads' };
  if (out !== undefined) return { kind: 'directory', path: directoryAt(out) };
  if (command !== undefined) {
    const timeout = execTimeout === undefined ? undefined : parseDuration(execTimeout);
    return { kind: 'command', command, asFile: execFile !== undefined, timeout, reply };
  }
  if (forwardTo === undefined) return { kind: 'lines' };
  const timeout = parseDuration(forwardTimeout ?? FORWARD_TIMEOUT);
  return { kind: 'server', url: parseUrl(forwardTo), timeout, reply };
}

/** An empty command succeeds, and an empty path is here: neither is meant by a variable that is not set. */
function refuseBlank(places: readonly (readonly [string, string | undefined])[]): void {
  const blank = places.find(([, value]) => value?.trim() === '');
  if (blank === undefined) return;
  throw new MsgError('usage', `${blank[0]} names nothing`, {
    hint: 'was it given a variable that is not set?',
  });
}

/** A directory that is away may come back while the listener waits; a file there will not become one. */
function directoryAt(path: string): string {
  if (!isOtherThanDirectory(path)) return path;
  throw new MsgError('usage', `${path} is not a directory`, {
    hint: 'name a directory, which is made where there is none',
  });
}

function isOtherThanDirectory(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function parseReply({ reply, replyType: type }: SinkOptions): ReplyChoice | undefined {
  requirePlace(reply === true ? '' : undefined, { '--reply-type': type }, '--reply');
  return reply === true ? { type } : undefined;
}

function requirePlace(
  place: string | undefined,
  options: Readonly<Record<string, string | boolean | undefined>>,
  needed: string,
): void {
  if (place !== undefined) return;
  const idle = Object.entries(options).find(([, value]) => value !== undefined && value !== false);
  if (idle === undefined) return;
  throw new MsgError('usage', `${idle[0]} says nothing without ${needed}`, {
    hint: `add ${needed}, or leave ${idle[0]} out`,
  });
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new MsgError('usage', 'not an http or https URL', {
      hint: 'write it in full, such as https://orders.example/incoming',
    });
  }
  if (url.username === '' && url.password === '') return url;
  throw new MsgError('usage', 'the URL holds a user name or password', {
    hint: 'every user of this machine can read command lines: set forward.auth to file:PATH instead',
  });
}

/** Makes the place that messages go to; each delivery is told with a line on stdout. */
export async function makeSink(
  choice: SinkChoice,
  session: Session,
  context: Context,
): Promise<Sink> {
  if (choice.kind === 'payloads') return new PayloadSink(context);
  if (choice.kind === 'lines') return new LineSink(context, () => largePayloads(session, context));
  const made = await makePlace(choice, session, context);
  return toldOf(await withReplies(made, choice, session, context), context);
}

/** What is too large for a line goes to a file below the state directory. */
function largePayloads(session: Session, context: Context): Sink {
  const { state } = session.configuration.profileDirectories;
  return toldOf(new DirectorySink(join(state, 'received')), context);
}

function toldOf(place: Sink, context: Context): Sink {
  const writeLine = lineWriter(context);
  return {
    async deliver(message) {
      const result = await place.deliver(message);
      await writeLine(message, result);
      return result;
    },
  };
}

async function withReplies(
  place: Sink,
  choice: SinkChoice,
  session: Session,
  { report }: Context,
): Promise<Sink> {
  if (!('reply' in choice) || choice.reply === undefined) return place;
  const { ReplySink } = await import('../messaging/reply-sink.js');
  return new ReplySink(place, session.messaging(), {
    type: choice.reply.type,
    onDiscarded: ({ header: { id } }, reason) => {
      report.detail(`the answer to ${id} is not sent: ${reason}`);
    },
  });
}

async function makePlace(
  choice: Exclude<SinkChoice, { kind: 'lines' | 'payloads' }>,
  session: Session,
  context: Context,
): Promise<Sink> {
  const { clock } = context;
  switch (choice.kind) {
    case 'directory':
      return new DirectorySink(choice.path);
    case 'command': {
      const { ExecSink } = await import('../messaging/exec-sink.js');
      const { command, timeout, asFile } = choice;
      const replies = choice.reply !== undefined;
      const directory = asFile ? handlerDirectory(session) : undefined;
      const env = handlerEnvironment(session, context);
      const onOutput = (message: IncomingDelivery, line: string): Promise<void> =>
        tellOutput(message, line, context);
      return new ExecSink({ command, timeout, replies, directory, env, onOutput, clock });
    }
    case 'server': {
      const { ForwardSink } = await import('../messaging/forward-sink.js');
      const { url, timeout } = choice;
      const replies = choice.reply !== undefined;
      return new ForwardSink({ url, timeout, replies, clock, ...credentials(session) });
    }
  }
}

/** A directory of this process's own; what processes that are gone have left goes first. */
function handlerDirectory(session: Session): string {
  const state = ensureDirectory(session.configuration.profileDirectories.state);
  const all = join(state, 'handler');
  clearAbandoned(all);
  return join(all, session.processName);
}

/** What this process has, without secrets, and with the profile: the handler may call msg itself. */
function handlerEnvironment(
  { settings }: Session,
  { io, globals }: Context,
): Readonly<Record<string, string | undefined>> {
  const hidden = Object.fromEntries(secretVariables(settings).map((name) => [name, undefined]));
  const { profile } = globals;
  return { ...io.env, ...hidden, ...(profile === undefined ? {} : { MSG_PROFILE: profile }) };
}

async function tellOutput(
  { header }: IncomingDelivery,
  line: string,
  { report }: Context,
): Promise<void> {
  report.note(`handler of ${header.id}: ${line}`);
  await report.flush();
}

function credentials(session: Session) {
  const { settings } = session;
  const [ca, reference] = [settings['forward.ca'].value, settings['forward.auth'].value];
  const what = 'the credentials for --forward-to';
  return {
    ...(ca === undefined ? {} : { ca: readPem(ca, 'forward.ca') }),
    ...(reference === undefined
      ? {}
      : {
          authorization: async () =>
            (await session.secret(reference, what, '--forward-auth')).reveal(),
        }),
  };
}
