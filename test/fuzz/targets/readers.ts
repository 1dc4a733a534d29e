import { Asn1Error } from '../../../src/asn1/reader.js';
import { openChunk, readChunk } from '../../../src/envelope/chunk-read.js';
import { decodeHeader, serialiseHeader } from '../../../src/envelope/header-json.js';
import { EnvelopeRefused } from '../../../src/envelope/refused.js';
import { readSignedMessage } from '../../../src/envelope/signed-message.js';
import { readCertificateBundle, readCertsOnly } from '../../../src/identity/certificate-bundle.js';
import { CertificateError } from '../../../src/x509/certificate.js';
import { parseCertificate } from '../../../src/x509/parse.js';
import type { Envelope, SealedFile } from '../corpus.js';
import { mutateDer } from '../der-mutations.js';
import { mutateJson } from '../json-mutations.js';
import { Breach, refusedAs, type Outcome, type Target } from '../target.js';
import { openOrRefuse } from './envelopes.js';
import { checkStable } from './signed.js';

/** The chunks of large payloads: each opens as it was, in its own place, or not at all. */
export function chunkTarget(file: SealedFile, donors: readonly Buffer[]): Target {
  return {
    name: 'chunk',
    weight: 8,
    make(chance) {
      const index = chance.between(0, file.chunks.length - 1);
      const bytes = mutateDer(file.chunks[index]?.sealed ?? Buffer.alloc(0), chance, donors);
      return { sample: `chunk ${index}`, bytes, read: () => readOne(file, bytes) };
    },
  };
}

function readOne(file: SealedFile, bytes: Buffer): Outcome {
  try {
    const chunk = readChunk(bytes);
    const content = openChunk(chunk, file.key, file.chunks.length);
    if (file.chunks[chunk.index]?.content.equals(content) === true) return 'same';
  } catch (error) {
    return refusedAs(error, EnvelopeRefused);
  }
  throw new Breach('a chunk opens as something else');
}

/** The signed header's JSON. */
export function headerTarget(headers: readonly Buffer[]): Target {
  return {
    name: 'header',
    weight: 12,
    make(chance) {
      const index = chance.between(0, headers.length - 1);
      const original = headers[index] ?? Buffer.alloc(0);
      const bytes = mutateJson(original, chance);
      return { sample: `header ${index}`, bytes, read: () => readHeader(bytes, original) };
    },
  };
}

function readHeader(bytes: Buffer, original: Buffer): Outcome {
  try {
    const canonical = serialiseHeader(decodeHeader(bytes));
    checkStable(canonical);
    if ('polluted' in {}) throw new Breach('a header reaches the prototype of all objects');
    return canonical === original.toString() ? 'same' : 'signed';
  } catch (error) {
    return refusedAs(error, EnvelopeRefused);
  }
}

/** Other programs' S/MIME: never a message, whatever is changed in it. */
export function foreignTarget(
  messages: readonly (readonly [string, Buffer])[],
  {
    keys,
    header,
    donors,
  }: Pick<Envelope, 'keys' | 'header'> & { readonly donors: readonly Buffer[] },
): Target {
  return {
    name: 'foreign',
    weight: 6,
    make(chance) {
      const [sample, original] = chance.oneOf(messages);
      const bytes = mutateDer(original, chance, donors);
      return {
        ...{ sample, bytes },
        read: async () => {
          if ((await openOrRefuse({ keys, header }, bytes)) !== undefined) {
            throw new Breach('it opens as a message');
          }
          return readForeign(bytes);
        },
      };
    },
  };
}

function readForeign(bytes: Buffer): Outcome {
  try {
    readSignedMessage(bytes);
  } catch (error) {
    return refusedAs(error, EnvelopeRefused, Asn1Error, CertificateError);
  }
  throw new Breach('it is taken for the inside of a message');
}

/** What an enrolment server answers, and `.p7b` files: certificates, or a refusal. */
export function bundleTarget(bundle: Buffer, donors: readonly Buffer[]): Target {
  return {
    name: 'bundle',
    weight: 4,
    make(chance) {
      const bytes = mutateDer(bundle, chance, donors);
      const read = chance.happens(0.7) ? readCertsOnly : readCertificateBundle;
      return {
        ...{ sample: 'bundle', bytes },
        read: () => {
          try {
            for (const der of read(bytes)) parseCertificate(der);
            return 'signed';
          } catch (error) {
            return refusedAs(error, Asn1Error, CertificateError);
          }
        },
      };
    },
  };
}
