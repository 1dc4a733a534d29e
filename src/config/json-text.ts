/** A place in a text, both counted from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** What a text holds, or where it stops being JSON. */
export type JsonOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly position: TextPosition; readonly expected: string };

/**
 * Parses JSON (RFC 8259) and says where a malformed one goes wrong. The text itself is never part of
 * the answer, as it is of V8's messages, which moreover often leave out the position.
 */
export function parseJson(text: string): JsonOutcome {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    const fault = findFault(text) ?? { offset: 0, expected: 'valid JSON' };
    return { ok: false, position: positionAt(text, fault.offset), expected: fault.expected };
  }
}

interface Fault {
  readonly offset: number;
  readonly expected: string;
}

const SPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- RFC 8259, section 7: control characters must be escaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;

/** A recognizer of JSON's grammar that stops at the first token that does not fit. */
function findFault(text: string): Fault | undefined {
  let offset = 0;
  const accept = (token: RegExp | string): boolean => {
    const length = lengthOf(text, offset, token);
    if (length === undefined) return false;
    offset += length;
    offset += lengthOf(text, offset, SPACE) ?? 0;
    return true;
  };
  const fault = (expected: string): Fault => ({ offset, expected });

  const value = (): Fault | undefined => {
    if (accept('{')) return members();
    if (accept('[')) return elements();
    if (accept(STRING) || accept(SCALAR)) return undefined;
    return fault(text[offset] === '"' ? 'a complete string' : 'a value');
  };
  const members = (): Fault | undefined => {
    if (accept('}')) return undefined;
    do {
      if (!accept(STRING)) return fault('a name in double quotes');
      if (!accept(':')) return fault('":"');
      const inner = value();
      if (inner !== undefined) return inner;
    } while (accept(','));
    return accept('}') ? undefined : fault('"," or "}"');
  };
  const elements = (): Fault | undefined => {
    if (accept(']')) return undefined;
    do {
      const inner = value();
      if (inner !== undefined) return inner;
    } while (accept(','));
    return accept(']') ? undefined : fault('"," or "]"');
  };

  accept(SPACE);
  const inner = value();
  if (inner !== undefined) return inner;
  return offset === text.length ? undefined : fault('the end of the file');
}

/** How many characters the token takes at the offset; undefined when it is not there. */
function lengthOf(text: string, offset: number, token: RegExp | string): number | undefined {
  if (typeof token === 'string') return text.startsWith(token, offset) ? token.length : undefined;
  token.lastIndex = offset;
  return token.exec(text)?.[0].length;
}

function positionAt(text: string, offset: number): TextPosition {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
