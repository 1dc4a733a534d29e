import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { msg, RunningMsg, type Ended } from './msg.js';

/** A sandbox of a suite's own, raised with the program itself. */
export interface Sandbox {
  /** MSG_HOME. */
  readonly home: string;
  /** A directory for files. */
  readonly files: string;
  /** Runs `msg --profile <profile> …` to its end. */
  as(profile: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended>;
  /** Starts `msg --profile <profile> …`, with these variables besides. */
  start(
    profile: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): RunningMsg;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

/** Raises a sandbox; `flags` as `msg sandbox up` takes them. */
export async function raiseSandbox(...flags: string[]): Promise<Sandbox> {
  const home = await mkdtemp(join(tmpdir(), 'msg-e2e-'));
  const started: RunningMsg[] = [];
  const up = await msg(['sandbox', 'up', ...flags], { home });
  if (up.code !== 0) {
    await rm(home, { recursive: true, force: true });
    expect.fail(`the sandbox did not come up: ${up.stderr}`);
  }
  return {
    home,
    files: home,
    as: (profile, args, input) =>
      msg(['--profile', profile, ...args], { home, ...(input === undefined ? {} : { input }) }),
    start(profile, args, env = {}) {
      const running = new RunningMsg(['--profile', profile, ...args], { home, env });
      started.push(running);
      return running;
    },
    async remove() {
      for (const { child } of started) child.kill('SIGKILL');
      await msg(['sandbox', 'down', '--purge'], { home });
      await rm(home, { recursive: true, force: true });
    },
  };
}
