import type { Output } from './streams.js';

const CLEAR_LINE = '\r\u001b[K';

/**
 * The last line of a terminal, rewritten in place. Whoever prints whole lines to the same stream
 * clears it first; its owner draws it again.
 */
export interface StatusLine {
  show(text: string): void;
  clear(): void;
}

/** The status line of a stream; it does nothing where the stream is no terminal. */
export function createStatusLine(output: Output): StatusLine {
  let shown = false;
  const write = (text: string): void => {
    output.write(text).catch(() => undefined);
  };
  return {
    show(text) {
      if (!output.isTTY) return;
      shown = true;
      write(`${CLEAR_LINE}${text}`);
    },
    clear() {
      if (!shown) return;
      shown = false;
      write(CLEAR_LINE);
    },
  };
}
