import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openLedger } from '../../src/ledger/open.js';
import type { Ledger } from '../../src/ledger/port.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A clock that stands still until it is told otherwise. */
export class HandClock {
  now = 1_700_000_000_000;
  readonly read = (): number => this.now;
}

/** A ledger in a directory of its own, with a clock that the test moves. */
export interface LedgerBench {
  readonly path: string;
  readonly clock: HandClock;
  /** Opens the same file once more, as another process would. */
  readonly open: () => Ledger;
}

/** Makes the place for a test's ledger; whatever was opened is closed after the test. */
export function ledgerBench(): LedgerBench {
  const path = join(temporaryDirectory(), 'ledger.db');
  const clock = new HandClock();
  const open = (): Ledger => {
    const ledger = openLedger({ path, clock: clock.read, random: randomBytes });
    onTestFinished(() => ledger.close());
    return ledger;
  };
  return { path, clock, open };
}
