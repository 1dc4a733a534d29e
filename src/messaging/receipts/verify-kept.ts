import { Asn1Error } from '../../asn1/reader.js';
import { checkReceipt, readOriginal, type Original } from '../../envelope/original.js';
import { EnvelopeRefused } from '../../envelope/refused.js';
import { readSignedMessage } from '../../envelope/signed-message.js';
import type { PlainReceipt, SignedMessage } from '../../envelope/types.js';
import type { Evidence, KeptOriginal, Ledger, ReceiptRow } from '../../ledger/port.js';
import { verifyProof } from '../../registry/proof.js';
import { CertificateError, type Certificate } from '../../x509/certificate.js';
import { readJudgement, type KeptJudgement } from './kept-judgement.js';
import { pathStep, revocationStep, type Found, type KeptPath } from './kept-path.js';
import { readRejection } from './rejection.js';

/** What is checked again of a receipt, in this order. */
export type KeptCheck =
  | 'original'
  | 'signature'
  | 'fit'
  | 'statement'
  | 'path'
  | 'revocation'
  | 'directory'
  | 'proof'
  | 'own-path';

/** What one check of what was kept found, with the reason in a sentence. */
export interface KeptStep {
  readonly check: KeptCheck;
  readonly passed: boolean;
  readonly detail: string;
}

/** What is looked at besides the ledger. */
export interface KeptDeps {
  readonly ledger: Pick<Ledger, 'receipts'>;
  /** Whether a certificate is a trust anchor by the settings of today. */
  readonly isAnchorNow: (anchor: Certificate) => boolean;
}

/** A receipt with all that was kept to verify it. */
export interface KeptReceipt {
  readonly row: ReceiptRow;
  readonly original: KeptOriginal | undefined;
  /** DER of the receipt's SignedData. */
  readonly signedData: Uint8Array;
  readonly evidence: readonly Evidence[];
}

/** Finds what was kept with a receipt. */
export async function keptWith(
  row: ReceiptRow,
  { ledger }: Pick<KeptDeps, 'ledger'>,
): Promise<KeptReceipt> {
  const proof = await ledger.receipts.proof(row.number);
  const original = await ledger.receipts.originalOf(row.signature);
  return { row, original, signedData: proof?.signedData ?? Buffer.of(), ...evidenceOf(proof) };
}

function evidenceOf(proof: Pick<KeptReceipt, 'evidence'> | undefined) {
  return { evidence: proof?.evidence ?? [] };
}

/**
 * Verifies a receipt or a rejection from nothing but what was kept when it came: no broker, chain or
 * list is asked, and certificates are judged for the moment at which they were judged then. The checks
 * end where the next one would have nothing to look at.
 */
export function verifyKept(
  kept: KeptReceipt,
  deps: Pick<KeptDeps, 'isAnchorNow'>,
): readonly KeptStep[] {
  const original = attempt('original', () => readKeptOriginal(kept.original));
  const signed = attempt('signature', () => readSigned(kept));
  if (original.value === undefined || signed.value === undefined) {
    return [original.step, signed.step];
  }
  const judgement = readJudgement(kept.row.judgement);
  return [
    ...[original.step, signed.step],
    fitStep(kept, signed.value, original.value),
    statementStep(kept.row, signed.value),
    ...judgedSteps(kept, { signed: signed.value, original: original.value, judgement }, deps),
  ];
}

type Signed = SignedMessage | PlainReceipt;

function judgedSteps(
  { row, evidence }: KeptReceipt,
  {
    signed,
    original,
    judgement,
  }: {
    readonly signed: Signed;
    readonly original: Original;
    readonly judgement: KeptJudgement | undefined;
  },
  { isAnchorNow }: Pick<KeptDeps, 'isAnchorNow'>,
): readonly KeptStep[] {
  if (judgement === undefined) {
    return [
      { check: 'directory', passed: false, detail: 'what was known of the signer is damaged' },
    ];
  }
  const { at } = judgement;
  const theirs: KeptPath = {
    ...{ certificate: signed.signer, at, isAnchorNow, evidence },
    kinds: ['issuer', 'anchor'],
  };
  const ours: KeptPath = {
    ...{ certificate: original.signer, at, isAnchorNow, evidence },
    kinds: ['own-issuer', 'own-anchor'],
  };
  return [
    guarded('path', () => pathStep(theirs)),
    guarded('revocation', () => revocationStep(theirs, row.receivedAt)),
    directoryStep(row, signed, judgement),
    proofStep(row, signed, judgement),
    guarded('own-path', () => pathStep(ours)),
  ];
}

function readKeptOriginal(kept: KeptOriginal | undefined): readonly [Original, string] {
  if (kept === undefined) throw new EnvelopeRefused('signature', 'it is no longer kept');
  const original = readOriginal(kept.signedData);
  const { fingerprint } = original.signer;
  return [original, `our signature holds, by the certificate ${fingerprint.slice(0, 16)}`];
}

function readSigned({ row, signedData }: KeptReceipt): readonly [Signed, string] {
  const signed = readSignedMessage(signedData);
  const { fingerprint } = signed.signer;
  if (fingerprint !== row.signer) {
    throw new EnvelopeRefused('signature', `it was made by another certificate, ${fingerprint}`);
  }
  return [
    signed,
    `the signature of ${row.peer} holds, by the certificate ${row.signer.slice(0, 16)}`,
  ];
}

function fitStep({ original, row }: KeptReceipt, signed: Signed, message: Original): KeptStep {
  return attempt('fit', () => {
    if (signed.receipt !== undefined) {
      checkReceipt(signed.receipt, message);
      return [true, 'it is about this very signature of ours'];
    }
    const rejection = readRejection(signed.payload);
    if (rejection?.id !== row.id || rejection.digest !== original?.digest) {
      throw new EnvelopeRefused('receipt', 'it is about another message');
    }
    return [true, 'it names this message and its digest'];
  }).step;
}

/** A receipt without a header, which another program signed, counts as `received`. */
function statementStep({ says, id }: ReceiptRow, { header }: Signed): KeptStep {
  const check = 'statement';
  if (header === undefined) {
    return { check, passed: says === 'received', detail: 'it says "received" by being there' };
  }
  const said = header.kind === 'rejected' ? 'rejected' : header.attests;
  const isIt = said === says && header.replyTo === id;
  return { check, passed: isIt, detail: `it says "${String(said)}" of ${String(header.replyTo)}` };
}

function directoryStep(
  { peer }: ReceiptRow,
  { signer }: Signed,
  { directory, ...known }: KeptJudgement,
): KeptStep {
  const passed = known.peer === peer && known.fingerprint === signer.fingerprint;
  const version = `certificate version ${known.version} of ${known.peer}`;
  const which =
    directory === undefined
      ? 'the address book had it as'
      : `the directory ${directory.address} of chain ${directory.chainId} had it at block ${directory.block} as`;
  return { check: 'directory', passed, detail: `${which} ${version}` };
}

function proofStep(
  { peer }: ReceiptRow,
  { signer }: Signed,
  { directory, owner, version, fingerprint, proof }: KeptJudgement,
): KeptStep {
  const check = 'proof';
  if (directory === undefined) {
    return {
      check,
      passed: true,
      detail: 'not checked again: the chain did not answer when it came',
    };
  }
  const { chainId, address } = directory;
  const binding = { chainId, directory: address, name: peer, owner, index: version, fingerprint };
  return verifyProof(binding, signer, proof)
    ? { check, passed: true, detail: `its key had signed for the account ${owner}` }
    : { check, passed: false, detail: `its key has not signed for the account ${owner}` };
}

/** A check that may meet certificates and lists that are damaged. */
function guarded(check: KeptCheck, look: () => Found): KeptStep {
  const { value, step } = attempt(check, () => {
    const found = look();
    return [found, found.detail];
  });
  return value === undefined ? step : { check, ...value };
}

/** One check: what it gives and says, or why it failed. */
function attempt<T>(
  check: KeptCheck,
  work: () => readonly [T, string],
): { readonly value: T | undefined; readonly step: KeptStep } {
  try {
    const [value, detail] = work();
    return { value, step: { check, passed: true, detail } };
  } catch (error) {
    const isKnown =
      error instanceof EnvelopeRefused ||
      error instanceof Asn1Error ||
      error instanceof CertificateError;
    if (!isKnown) throw error;
    return { value: undefined, step: { check, passed: false, detail: error.message } };
  }
}
