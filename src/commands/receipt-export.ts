import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MsgError } from '../errors.js';
import { exportKept, type ExportedReceipts } from '../messaging/receipts/export-kept.js';
import { keptWith } from '../messaging/receipts/verify-kept.js';
import type { Context } from '../runtime.js';
import { makeOutputDirectory, openOutput } from './output-file.js';
import { receiptsThatCame, type KeptReceiptOptions } from './receipt-verify.js';

/** What `msg receipt export` was asked for. */
export interface ReceiptExportOptions extends KeptReceiptOptions {
  /** The directory for the files. */
  readonly out: string;
  /** What was sent, where it is to be in the files. */
  readonly payload?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Writes the receipts of a message out, with all that OpenSSL needs to verify them. */
export async function run(options: ReceiptExportOptions, context: Context): Promise<void> {
  const session = await context.session();
  const deps = { ledger: session.ledger() };
  const rows = await receiptsThatCame(options, session);
  const kept = await Promise.all(rows.map((row) => keptWith(row, deps)));
  const exported = exportKept(kept, await readPayload(options.payload));
  const files = [...exported.files, { name: 'README.txt', content: readme(options.id, exported) }];
  const outputs = files.map(({ name, content }) => {
    const file = join(options.out, name);
    return { file, content, write: openOutput({ file, force: options.force }, context) };
  });
  makeOutputDirectory(options.out);
  for (const { content, write } of outputs) await write(content);
  const written = outputs.map(({ file }) => file);
  const { commands } = exported;
  const text = context.json ? JSON.stringify({ files: written, commands }) : written.join('\n');
  await context.io.stdout.write(`${text}\n`);
  if (!context.json)
    context.report.note(`what verifies them is in ${join(options.out, 'README.txt')}`);
}

async function readPayload(path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new MsgError('file-not-found', `cannot read ${path}`, {
      hint: 'check the path and who may read it',
      cause: error,
    });
  }
}

/** For somebody who has nothing but these files and OpenSSL 3. */
function readme(id: string, { files, commands }: ExportedReceipts): string {
  return `Receipts (RFC 2634) and rejections for the message ${id}

Run these where the files are. Each one ends with 0 and a line that says so if it holds:

${commands.map((command) => `  ${command}\n`).join('')}
original*.cms is what was sent: the sender's signature (CMS SignedData), with or without its content.
PEER.STATEMENT.cms is what a recipient has signed about it, .crt the certificate that it was signed with,
.ca.crt the issuers and the trust anchor that it was judged by, .json what the directory said of the
recipient then, and each check with its result. Compare the trust anchors with those that you trust, and the
certificate with the directory: the commands take for granted that these are the right ones.

"received": the recipient had verified and stored the message. "processed": its application had it. Both
are the same to OpenSSL; which one it is stands in the signed attributes (openssl asn1parse -inform DER -in
PEER.STATEMENT.cms), in the msg header, as "attests".

Files: ${files.map(({ name }) => name).join(', ')}
`;
}
