import type { Header } from '../envelope/header.js';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'application/pdf': '.pdf',
  'application/xml': '.xml',
  'text/csv': '.csv',
  'text/plain': '.txt',
};

/** Names that Windows reserves; refused so that a shared folder takes every file. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Longer names are cut, so that there is room for a counter under the usual limit of 255 bytes. */
const MAX_BYTES = 200;

/**
 * The file name for a message: the sender's, made harmless (no path, no control or hidden
 * characters, no leading dot, none that programs take for an option), or one made from the id.
 */
export function fileNameFor(header: Header): string {
  const fallback = header.id + (EXTENSIONS[header.contentType.split(';')[0] ?? ''] ?? '.bin');
  const name = harmless(header.name ?? '');
  return name === '' ? fallback : name;
}

/** `report.pdf`, `report-2.pdf`, `report-3.pdf`, … */
export function numberedName(name: string, count: number): string {
  if (count === 1) return name;
  const dot = name.lastIndexOf('.');
  const cut = dot > 0 ? dot : name.length;
  return `${name.slice(0, cut)}-${count}${name.slice(cut)}`;
}

function harmless(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const visible = last
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  const short = cutToBytes(visible, MAX_BYTES);
  return RESERVED.test(short) || short.startsWith('-') ? `_${short}` : short;
}

function cutToBytes(name: string, limit: number): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  let stem = Array.from(name.slice(0, name.length - extension.length));
  while (Buffer.byteLength(stem.join('') + extension) > limit) stem = stem.slice(0, -1);
  return stem.join('') + extension;
}
