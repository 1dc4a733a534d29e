import inquirer from 'inquirer';
import { MsgError } from '../errors.js';
import type { IO } from './streams.js';

/** A question in inquirer's terms. */
export type TerminalQuestion = { readonly message: string } & (
  | {
      readonly type: 'input';
      readonly default: string | undefined;
      readonly validate: (answer: string) => true | string;
    }
  | {
      readonly type: 'password';
      readonly toggleMask: false;
      readonly validate: (answer: string) => true | string;
    }
  | { readonly type: 'confirm'; readonly default: boolean }
  | {
      readonly type: 'select';
      readonly default: string | undefined;
      readonly choices: readonly {
        readonly value: string;
        readonly name: string;
        readonly description?: string;
      }[];
    }
);

/**
 * Asks one question with inquirer, on stderr.
 *
 * @returns what inquirer calls the answer: a text, or a boolean for `confirm`
 * @throws MsgError `interrupted` on Ctrl-C, and on Ctrl-D at the beginning of a line.
 */
export async function askAtTerminal(
  io: IO,
  question: TerminalQuestion,
  colour: boolean,
): Promise<unknown> {
  const ended = new AbortController();
  const input = io.stdin.stream;
  // inquirer leaves its promise open for ever when Ctrl-D closes the line reader, which pauses the stream.
  const onKeypress = (
    _: string,
    key: { readonly ctrl?: boolean; readonly name?: string },
  ): void => {
    if (key.ctrl !== true || key.name !== 'd') return;
    setImmediate(() => {
      if (input.isPaused()) ended.abort();
    });
  };
  input.on('keypress', onKeypress);
  try {
    const prompt = inquirer.createPromptModule({
      input,
      output: io.stderr.stream,
      signal: ended.signal,
    });
    const theme = colour ? {} : { theme: PLAIN_THEME };
    const answers: unknown = await prompt([{ ...question, ...theme, name: 'answer' }]);
    return answerIn(answers);
  } catch (error) {
    throw isWithdrawal(error) ? new MsgError('interrupted', 'no answer was given') : error;
  } finally {
    input.off('keypress', onKeypress);
  }
}

function answerIn(answers: unknown): unknown {
  return typeof answers === 'object' && answers !== null && 'answer' in answers
    ? answers.answer
    : undefined;
}

function isWithdrawal(error: unknown): boolean {
  return error instanceof Error && /^(?:Exit|Abort|Cancel)PromptError$/.test(error.name);
}

const same = (text: string): string => text;

const keysHelp = (keys: readonly (readonly [string, string])[]): string =>
  keys.map(([key, action]) => `${key} ${action}`).join(' • ');

/** inquirer colours whatever the environment says; this theme takes every style away. */
const PLAIN_THEME = {
  prefix: { idle: '?', done: '✔' },
  spinner: { interval: 80, frames: ['-', '\\', '|', '/'] },
  style: {
    answer: same,
    message: same,
    error: (text: string) => `> ${text}`,
    defaultAnswer: (text: string) => `(${text})`,
    help: same,
    highlight: same,
    key: (text: string) => `<${text}>`,
    disabled: same,
    description: same,
    confirmDefault: (text: string) => text.toUpperCase(),
    keysHelpTip: keysHelp,
  },
};
