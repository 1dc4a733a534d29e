import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPrompter, type Prompter } from '../../src/terminal/prompt.js';
import { memoryIO } from '../support/io.js';
import { bundleProbe, packagesLoadedBy } from '../support/probe.js';
import {
  hasPseudoTerminal,
  runInTerminal,
  type TerminalSession,
} from '../support/pseudo-terminal.js';

const QUESTIONS: readonly [string, (prompter: Prompter) => Promise<unknown>][] = [
  ['input', (prompter) => prompter.input({ message: 'Your name?', flag: '--peer NAME' })],
  ['password', (prompter) => prompter.password({ message: 'Your name?', flag: '--peer NAME' })],
  [
    'confirm',
    (prompter) => prompter.confirm({ message: 'Your name?', flag: '--peer NAME', default: true }),
  ],
  [
    'select',
    (prompter) =>
      prompter.select({
        message: 'Your name?',
        flag: '--peer NAME',
        choices: [{ value: 'a', label: 'A' }],
      }),
  ],
];

describe('where nobody can answer', () => {
  it.each(QUESTIONS)('%s names the flag that would have', async (_, ask) => {
    const prompter = createPrompter({ io: memoryIO().io });
    expect(prompter.available).toBe(false);
    await expect(ask(prompter)).rejects.toMatchObject({
      code: 'usage',
      exitCode: 2,
      message: 'cannot ask "Your name": standard input is not a terminal',
      hint: 'answer with --peer NAME',
    });
  });

  it.each([
    ['--no-input is set', { noInput: true }, {}, ['stdin', 'stderr'] as const],
    ['CI is set', {}, { CI: 'true' }, ['stdin', 'stderr'] as const],
    ['standard input is not a terminal', {}, {}, ['stderr'] as const],
    ['standard error is not a terminal', {}, {}, ['stdin', 'stdout'] as const],
  ])('says why: %s', async (reason, options, env, terminals) => {
    const prompter = createPrompter({ io: memoryIO({ env, terminals }).io, ...options });
    await expect(prompter.input({ message: 'Name', flag: '--name' })).rejects.toThrow(
      `cannot ask "Name": ${reason}`,
    );
  });

  it.each(['', 'false', '0'])('is not what CI=%s means', (CI) => {
    const { io } = memoryIO({ env: { CI }, terminals: ['stdin', 'stderr'] });
    expect(createPrompter({ io }).available).toBe(true);
  });

  it('inquirer is not even loaded', () => {
    expect(packagesLoadedBy('src/terminal/prompt.ts')).toEqual([]);
  });
});

const PROBE = `
import { createIO } from './src/terminal/streams.js';
import { createPrompter } from './src/terminal/prompt.js';
const io = createIO(process);
const prompter = createPrompter({ io, colour: process.env.COLOUR });
const flag = '--flag';
const questions = {
  input: () => prompter.input({ message: 'Name?', flag, default: 'acme',
    check: (text) => (text === 'ACME' ? 'lower case please' : undefined) }),
  password: () => prompter.password({ message: 'Passphrase?', flag }),
  confirm: () => prompter.confirm({ message: 'Sure?', flag, default: false }),
  select: () => prompter.select({ message: 'Which?', flag,
    choices: [{ value: 'k', label: 'Kafka' }, { value: 'f', label: 'File\\u001b[2J' }] }),
};
try {
  const answer = await questions[process.argv[2]]();
  await io.stdout.write(JSON.stringify(answer));
} catch (error) {
  await io.stdout.write(JSON.stringify(error));
  process.exitCode = error.exitCode ?? 1;
}
`;

describe.skipIf(!hasPseudoTerminal())('at a terminal', () => {
  let directory = '';
  let probe = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'msg-prompt-'));
    probe = bundleProbe(PROBE, directory);
    return () => {
      rmSync(directory, { recursive: true, force: true });
    };
  });

  /** Asks with stdout redirected, so that what the terminal shows can only come from stderr. */
  function ask(kind: string) {
    const file = join(directory, `${kind}.json`);
    const session = runInTerminal(`'${process.execPath}' '${probe}' ${kind} > '${file}'`);
    return { session, answer: (): unknown => JSON.parse(readFileSync(file, 'utf8')) };
  }

  async function finish(session: TerminalSession, keys: string, exitCode = 0): Promise<void> {
    session.type(keys);
    expect(await session.exitCode).toBe(exitCode);
  }

  it('a question and its answer are on stderr, the result alone on stdout', async () => {
    const { session, answer } = ask('input');
    await session.shows('Name?');
    await finish(session, 'globex\r');
    expect(answer()).toBe('globex');
  });

  it('no answer is the default', async () => {
    const { session, answer } = ask('input');
    await session.shows('(acme)');
    await finish(session, '\r');
    expect(answer()).toBe('acme');
  });

  it('a wrong answer is explained and asked for again', async () => {
    const { session, answer } = ask('input');
    await session.shows('Name?');
    session.type('ACME\r');
    await session.shows('lower case please');
    await finish(session, '\x7f\x7f\x7f\x7fglobex\r');
    expect(answer()).toBe('globex');
  });

  it('a password is never shown, not even on Ctrl-T', async () => {
    const { session, answer } = ask('password');
    await session.shows('Passphrase?');
    session.type('sword');
    session.type('\x14');
    await finish(session, 'fish\r');
    expect(answer()).toBe('swordfish');
    expect(session.screen()).not.toMatch(/sword|fish/);
  });

  it('a yes is a yes', async () => {
    const { session, answer } = ask('confirm');
    await session.shows('Sure?');
    await finish(session, 'y\r');
    expect(answer()).toBe(true);
  });

  it('a choice is made with the arrow keys, and cannot drive the terminal', async () => {
    const { session, answer } = ask('select');
    await session.shows('File\\x1b[2J');
    await finish(session, '\x1b[B\r');
    expect(answer()).toBe('f');
    expect(session.screen()).not.toContain('\x1b[2J');
  });

  it.each(['input', 'password', 'confirm', 'select'])(
    'Ctrl-C at %s is an interruption',
    async (kind) => {
      const { session, answer } = ask(kind);
      await session.shows('?');
      await finish(session, '\x03', 130);
      expect(answer()).toMatchObject({ error: { code: 'interrupted' } });
    },
  );

  it.each(['input', 'password', 'confirm'])('Ctrl-D at %s is one, too', async (kind) => {
    const { session, answer } = ask(kind);
    await session.shows(kind === 'confirm' ? 'Sure?' : kind === 'input' ? 'Name?' : 'Passphrase?');
    await finish(session, '\x04', 130);
    expect(answer()).toMatchObject({ error: { code: 'interrupted' } });
  });

  // eslint-disable-next-line no-control-regex -- SGR sequences are what this looks for
  const COLOUR = /\x1b\[[\d;]*m/;

  it.each(['input', 'password', 'confirm', 'select'])(
    'without colour %s is asked without any, though stdout is a terminal',
    async (kind) => {
      const session = runInTerminal(`'${process.execPath}' '${probe}' ${kind}`, {
        COLOUR: 'never',
      });
      await session.shows('?');
      await finish(session, kind === 'confirm' ? 'n\r' : 'x\r');
      expect(session.screen()).not.toMatch(COLOUR);
    },
  );

  it('with colour a question has some, though stdout is a file', async () => {
    const { session } = ask('input');
    await session.shows('Name?');
    await finish(session, '\r');
    expect(session.screen()).toMatch(COLOUR);
  });

  it('with standard input from a file nobody is asked', () => {
    const { status, stdout } = spawnSync(process.execPath, [probe, 'input'], {
      input: 'globex\n',
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'usage', hint: 'answer with --flag' },
    });
  });
});
