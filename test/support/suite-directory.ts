import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A directory that goes away with the suite. */
export interface SuiteDirectory {
  readonly path: string;
  /** Writes a file into it and returns its path. */
  put(name: string, content: string | Uint8Array): string;
}

/** Makes a temporary directory that is removed after the suite's tests. */
export function suiteDirectory(): SuiteDirectory {
  const path = mkdtempSync(join(tmpdir(), 'msg-test-'));
  afterAll(() => {
    rmSync(path, { recursive: true, force: true });
  });
  const put = (name: string, content: string | Uint8Array): string => {
    const file = join(path, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  return { path, put };
}
