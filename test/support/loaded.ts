import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { msg } from './msg.js';

/** What V8 compiled for a run of the program. */
export interface Loaded {
  /** From the repository's root. */
  readonly files: readonly string[];
  /** As `node:http`. */
  readonly builtIns: readonly string[];
}

/** Runs the program, which has to succeed, and says what it loaded. */
export async function loadedBy(args: readonly string[], home: string): Promise<Loaded> {
  const directory = mkdtempSync(join(tmpdir(), 'msg-coverage-'));
  try {
    const { code, stderr } = await msg(args, { home, env: { NODE_V8_COVERAGE: directory } });
    expect({ code, stderr }).toEqual({ code: 0, stderr });
    const urls = readdirSync(directory).flatMap((name) => urlsIn(join(directory, name)));
    const paths = urls
      .filter((url) => !url.startsWith('node:'))
      .map((url) => (url.startsWith('file:') ? fileURLToPath(url) : url))
      .map((path) => relative(process.cwd(), path));
    const builtIns = urls.filter((url) => url.startsWith('node:'));
    return { files: [...new Set(paths)].sort(), builtIns };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function urlsIn(report: string): readonly string[] {
  const { result } = JSON.parse(readFileSync(report, 'utf8')) as { result: { url: string }[] };
  return result.map(({ url }) => url);
}
