import { join } from 'node:path';
import { parseMessageId, type MessageId } from '../domain/message-id.js';
import { parsePeerName } from '../domain/peer-name.js';
import { MsgError } from '../errors.js';
import type { HistoryRow, InboxRow } from '../ledger/port.js';
import type { Payload } from '../messaging/payload.js';
import { exportMessage, type Missing } from '../messaging/replay/export.js';
import type { Context } from '../runtime.js';
import type { Session } from '../session/session.js';
import { describeHistory } from './message-json.js';
import { makeOutputDirectory, openOutput } from './output-file.js';
import { copyInto } from './payload-output.js';

/** What `msg message export` was asked for. */
export interface MessageExportOptions {
  readonly id: string;
  readonly from?: string | undefined;
  /** The directory for the files; the current one where absent. */
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
}

type Part = 'record' | 'signed' | 'certificates' | 'payload' | 'header' | 'about';

const SUFFIXES: Readonly<Record<Part, string>> = {
  record: 'cms',
  signed: 'signed.cms',
  certificates: 'certificates.pem',
  payload: 'payload',
  header: 'header.json',
  about: 'json',
};

type Content = string | Uint8Array | Payload | Missing;

/** Writes a message out in files that other programs open: the record, and what it was found to be. */
export async function run(options: MessageExportOptions, context: Context): Promise<void> {
  const id = parseMessageId(options.id);
  const session = await context.session();
  const row = choose(await session.ledger().history.find(id), id, options.from);
  const parts = await partsOf(row, session);
  const directory = options.out ?? '.';
  const files = new Files({ directory, id, force: options.force === true }, context);
  files.refuseTaken(parts);
  makeOutputDirectory(directory);
  const written: Partial<Record<Part, string>> = {};
  for (const [part, content] of entriesOf(parts)) {
    if (isMissing(content)) context.report.warn(`without its ${part}: ${content.missing}`);
    else written[part] = await files.write(part, content);
  }
  const text = context.json ? JSON.stringify(written) : Object.values(written).join('\n');
  await context.io.stdout.write(`${text}\n`);
}

/** An id is a sender's own: two senders may have used the same one, or this peer may have. */
function choose(rows: readonly HistoryRow[], id: MessageId, from: string | undefined): HistoryRow {
  const sender = from === undefined ? undefined : parsePeerName(from);
  const fitting = rows.filter(
    (row) => sender === undefined || (row.direction === 'in' && row.sender === sender),
  );
  const [row, another] = fitting;
  if (row === undefined) {
    const which = sender === undefined ? '' : ` from ${sender}`;
    throw new MsgError('not-found', `the ledger has no message ${id}${which}`, {
      hint: 'list what it has with "msg message list"; refused records are in "msg quarantine list"',
    });
  }
  if (another === undefined) return row;
  throw new MsgError('usage', `there are several messages ${id}`, {
    hint: 'say which sender’s with --from',
  });
}

type Parts = Readonly<Partial<Record<Part, Content>>>;

async function partsOf(row: HistoryRow, session: Session): Promise<Parts> {
  const about = `${JSON.stringify(describeHistory(row), undefined, 2)}\n`;
  const rest = { header: `${row.header}\n`, about };
  if (row.direction === 'in') return { ...(await receivedParts(row, session)), ...rest };
  const record = await session.ledger().outbox.sealed(row.id);
  return { record: record ?? { missing: 'its bytes are no longer kept' }, ...rest };
}

function receivedParts(row: InboxRow, session: Session): Promise<Parts> {
  const { ledger, openingKeys, spool } = session.messaging();
  return exportMessage(row, { ledger, openingKeys, spool });
}

function entriesOf(parts: Parts): readonly (readonly [Part, Content])[] {
  return Object.entries(parts) as [Part, Content][];
}

function isMissing(content: Content): content is Missing {
  return typeof content === 'object' && 'missing' in content;
}

/** The files of one message. */
class Files {
  readonly #place: { readonly directory: string; readonly id: MessageId; readonly force: boolean };
  readonly #context: Context;

  constructor(
    place: { readonly directory: string; readonly id: MessageId; readonly force: boolean },
    context: Context,
  ) {
    this.#place = place;
    this.#context = context;
  }

  /** @throws MsgError `file-exists`, before anything is written. */
  refuseTaken(parts: Parts): void {
    for (const [part] of entriesOf(parts)) this.#open(part);
  }

  async write(part: Part, content: Exclude<Content, Missing>): Promise<string> {
    const path = this.#pathOf(part);
    if (typeof content === 'string' || content instanceof Uint8Array) {
      await this.#open(part)(content);
    } else if (content.place === 'memory') {
      await this.#open(part)(content.content);
    } else {
      await copyInto(content.path, path);
    }
    return path;
  }

  #open(part: Part): (content: string | Uint8Array) => Promise<void> {
    const { force } = this.#place;
    return openOutput({ file: this.#pathOf(part), force }, this.#context);
  }

  #pathOf(part: Part): string {
    const { directory, id } = this.#place;
    return join(directory, `${id}.${SUFFIXES[part]}`);
  }
}
