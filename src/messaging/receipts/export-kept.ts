import { writePem } from '../../asn1/pem.js';
import { readOriginal, withContent } from '../../envelope/original.js';
import { readSignedMessage } from '../../envelope/signed-message.js';
import { MsgError } from '../../errors.js';
import type { Evidence, EvidenceKind } from '../../ledger/port.js';
import { readJudgement } from './kept-judgement.js';
import type { KeptReceipt } from './verify-kept.js';

/** A file for whoever judges a receipt without msg. */
export interface ExportedFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** The receipts of one message in files that OpenSSL reads. */
export interface ExportedReceipts {
  readonly files: readonly ExportedFile[];
  /** What verifies them, to be run where the files are. */
  readonly commands: readonly string[];
}

/**
 * Writes receipts, and what they are verified with, for OpenSSL.
 *
 * @param payload what was sent; without it the signature over the message is verified all the same, by
 *   the digest that stands in it.
 * @throws MsgError `not-found` where the message they are about is no longer kept; EnvelopeRefused when
 *   the payload is another one, or what was kept is damaged.
 */
export function exportKept(
  receipts: readonly KeptReceipt[],
  payload: Uint8Array | undefined,
): ExportedReceipts {
  const originals = [...new Set(receipts.map(({ row }) => row.signature))];
  const exported = receipts.map((kept) => {
    const at = originals.indexOf(kept.row.signature);
    return exportOne(kept, payload, at === 0 ? 'original' : `original-${at + 1}`);
  });
  const files = new Map(exported.flatMap((one) => one.files).map((file) => [file.name, file]));
  return {
    files: [...files.values()],
    commands: [...new Set(exported.flatMap((one) => one.commands))],
  };
}

function exportOne(
  kept: KeptReceipt,
  payload: Uint8Array | undefined,
  message: string,
): ExportedReceipts {
  const { row, original, signedData, evidence } = kept;
  if (original === undefined) {
    throw new MsgError('not-found', `the message ${row.id} is no longer kept`);
  }
  const own = readOriginal(original.signedData).signer;
  const { signer } = readSignedMessage(signedData);
  const name = `${row.peer}.${row.says}`;
  const crls = evidence.filter(({ kind }) => kind === 'crl');
  const crlFile = { name: `${name}.crl`, content: pem('X509 CRL', crls) };
  const files: ExportedFile[] = [
    {
      name: `${message}.cms`,
      content:
        payload === undefined ? original.signedData : withContent(original.signedData, payload),
    },
    { name: `${message}.crt`, content: writePem('CERTIFICATE', own.der) },
    { name: `${message}.ca.crt`, content: certificates(evidence, 'own-issuer', 'own-anchor') },
    { name: `${name}.cms`, content: signedData },
    { name: `${name}.json`, content: `${row.judgement}\n` },
    { name: `${name}.crt`, content: writePem('CERTIFICATE', signer.der) },
    { name: `${name}.ca.crt`, content: certificates(evidence, 'issuer', 'anchor') },
    ...(crls.length === 0 ? [] : [crlFile]),
  ];
  return { files, commands: commandsFor(kept, message, payload !== undefined) };
}

function certificates(evidence: readonly Evidence[], ...kinds: readonly EvidenceKind[]): string {
  return pem(
    'CERTIFICATE',
    evidence.filter(({ kind }) => kinds.includes(kind)),
  );
}

function pem(label: string, evidence: readonly Evidence[]): string {
  return evidence.map(({ content }) => writePem(label, content)).join('');
}

/** The moment that they were judged for is given: the certificates may have expired since. */
function commandsFor(
  { row }: KeptReceipt,
  message: string,
  hasPayload: boolean,
): readonly string[] {
  const at = readJudgement(row.judgement)?.at ?? row.receivedAt;
  const when = `-attime ${Math.floor(at / 1000)}`;
  const name = `${row.peer}.${row.says}`;
  const content = hasPayload ? '' : ' -content /dev/null -no_content_verify';
  const verify = 'openssl cms -verify -cades -binary -inform DER';
  const ofMessage = `${verify} -in ${message}.cms${content} -CAfile ${message}.ca.crt -nointern -certfile ${message}.crt ${when} -out /dev/null`;
  const ofReceipt =
    row.says === 'rejected'
      ? `${verify} -in ${name}.cms -CAfile ${name}.ca.crt -nointern -certfile ${name}.crt ${when}`
      : `openssl cms -verify_receipt ${name}.cms -rctform DER -in ${message}.cms -inform DER -CAfile ${name}.ca.crt -nointern -certfile ${name}.crt ${when}`;
  return [ofMessage, ofReceipt];
}
