import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoriesOf } from '../config/directories.js';
import { playDemo } from '../sandbox/demo.js';
import { raiseNetwork, type Network } from '../sandbox/network.js';
import type { SandboxTransport } from '../sandbox/network-file.js';
import { trustFilesIn } from '../sandbox/network-parts.js';
import type { Context } from '../runtime.js';
import { sandboxDirectory } from './sandbox.js';

/** What `msg demo` was asked to do. */
export interface DemoCommandOptions {
  readonly kafka?: boolean | undefined;
  readonly secure?: boolean | undefined;
  readonly keep?: boolean | undefined;
}

/** Plays the main job in a temporary home, on real parts, and checks every claim. */
export async function run(options: DemoCommandOptions, context: Context): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'msg-demo-'));
  const signal = context.drainSignal('the step in hand');
  const stage: Stage = { home, signal, context };
  const begun = context.clock();
  let isKept = false;
  let network: Network | undefined;
  try {
    network = await raise(options, stage);
    isKept = options.keep === true;
    if (isKept) network.release();
    await play(network, stage);
    await say(context, `\nAll of it took ${seconds(context.clock() - begun)}.`);
    if (!isKept) await say(context, 'Its files are gone with it; msg demo --keep leaves them.');
  } finally {
    await network?.carrier.administration.close();
    if (isKept) await explainKept(stage);
    else await clear(network, home);
  }
}

/** What all parts of the demonstration share. */
interface Stage {
  readonly home: string;
  readonly signal: AbortSignal;
  readonly context: Context;
}

async function clear(network: Network | undefined, home: string): Promise<void> {
  await network?.stop();
  rmSync(home, { recursive: true, force: true });
}

function raise(options: DemoCommandOptions, { home, signal, context }: Stage): Promise<Network> {
  const directories = directoriesOf({ env: { MSG_HOME: home }, home: homedir(), cwd: home });
  return raiseNetwork({
    ...{ directory: sandboxDirectory(directories), directories },
    ...{ clock: context.clock, random: context.random, signal },
    transport: transportOf(options),
    onStep: (what, milliseconds) => {
      void step(context, what, milliseconds);
    },
  });
}

function transportOf({ kafka, secure }: DemoCommandOptions): SandboxTransport {
  if (secure === true) return 'kafka-secure';
  return kafka === true ? 'kafka' : 'embedded';
}

async function play(network: Network, { home, signal, context }: Stage): Promise<void> {
  const directories = directoriesOf({ env: { MSG_HOME: home }, home: homedir(), cwd: home });
  await playDemo({
    directory: home,
    anchor: trustFilesIn(sandboxDirectory(directories)).anchor,
    administration: network.carrier.administration,
    session: {
      ...{ env: { MSG_HOME: home }, cwd: home, clock: context.clock, random: context.random },
      ask: () => Promise.reject(new Error('the demonstration asks nothing')),
      warn: (sentence) => {
        context.report.warn(sentence);
      },
      debug: (topic, line) => {
        context.report.debug(topic, line);
      },
      hide: (secret) => {
        context.report.hide(secret);
      },
    },
    onStep: (what, milliseconds) => {
      void step(context, what, milliseconds);
    },
    onDetail: (line) => {
      void say(context, `           ${line}`);
    },
    signal,
  });
}

async function step(context: Context, what: string, milliseconds: number): Promise<void> {
  if (context.json) {
    await context.io.stdout.write(`${JSON.stringify({ step: what, milliseconds })}\n`);
    return;
  }
  await say(context, `${seconds(milliseconds).padStart(9)}  ${what}`);
}

async function say(context: Context, line: string): Promise<void> {
  if (!context.json) await context.io.stdout.write(`${line}\n`);
}

function seconds(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(2)} s`;
}

/** Where the network is that was left up; also when the play on it has failed. */
async function explainKept({ home, context }: Stage): Promise<void> {
  if (context.json) {
    await context.io.stdout.write(`${JSON.stringify({ kept: home })}\n`);
    return;
  }
  await say(
    context,
    [
      '',
      'The network is still up. To play with it:',
      `  export MSG_HOME=${home}`,
      '  msg --profile bob listen              # in one terminal',
      '  msg --profile alice send bob --json \'{"hello": "bob"}\'',
      '  msg sandbox down --purge && rm -r "$MSG_HOME"   # when you are done',
    ].join('\n'),
  );
}
