import { join } from 'node:path';
import { MsgError } from '../errors.js';
import type { QuarantinedBytes } from '../ledger/port.js';
import type { Context } from '../runtime.js';
import { refuseBinary } from '../terminal/input.js';
import { describeQuarantined } from './message-json.js';
import { makeOutputDirectory, openOutput } from './output-file.js';
import { requireQuarantined } from './quarantine.js';

/** What `msg quarantine export` was asked for. */
export interface QuarantineExportOptions {
  readonly number: string;
  /** The directory for the record and its description; the record alone on stdout where absent. */
  readonly out?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Writes a refused record out as it came, and what is known about it. */
export async function run(options: QuarantineExportOptions, context: Context): Promise<void> {
  const session = await context.session();
  const row = await requireQuarantined(options.number, context);
  const kept = await session.ledger().quarantine.sealed(row.number);
  if (kept === undefined) {
    throw new MsgError('not-found', `the bytes of record ${row.number} are no longer kept`, {
      hint: `it was ${row.resolution ?? 'resolved'}; see it with "msg quarantine show ${row.number}"`,
    });
  }
  if (!kept.isWhole) {
    context.report.warn(`only ${kept.bytes.length} of ${row.size} bytes of the record were kept`);
  }
  const description = `${JSON.stringify(describeQuarantined(row), undefined, 2)}\n`;
  if (options.out === undefined) return writeRecord(kept, context);
  const record = join(options.out, `quarantine-${row.number}.cms`);
  const about = join(options.out, `quarantine-${row.number}.json`);
  const { force } = options;
  const writers = [record, about].map((file) => openOutput({ file, force }, context));
  makeOutputDirectory(options.out);
  await writers[0]?.(kept.bytes);
  await writers[1]?.(description);
  const text = context.json ? JSON.stringify({ record, about }) : `${record}\n${about}`;
  await context.io.stdout.write(`${text}\n`);
}

async function writeRecord({ bytes }: QuarantinedBytes, { io }: Context): Promise<void> {
  refuseBinary(io.stdout, '--out DIR or > FILE');
  await io.stdout.write(bytes);
}
