import inquirer from 'inquirer';
import { MsgError } from '../errors.js';
import type { Style } from './colour.js';
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
  style: Style,
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
    const answers: unknown = await prompt([{ ...question, theme: themeOf(style), name: 'answer' }]);
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

/**
 * A theme with every style that inquirer would otherwise choose itself, by whether *stdout* is a
 * terminal, while the questions go to stderr.
 */
function themeOf(style: Style) {
  const help = (keys: readonly (readonly [string, string])[]): string =>
    keys.map(([key, action]) => `${style.bold(key)} ${style.dim(action)}`).join(style.dim(' • '));
  return {
    prefix: { idle: style.cyan('?'), done: style.green('✔') },
    spinner: { interval: 80, frames: ['-', '\\', '|', '/'] },
    style: {
      answer: style.cyan,
      message: style.bold,
      error: (text: string) => style.red(`> ${text}`),
      defaultAnswer: (text: string) => style.dim(`(${text})`),
      help: style.dim,
      highlight: style.cyan,
      key: (text: string) => style.cyan(`<${text}>`),
      disabled: style.dim,
      description: style.cyan,
      confirmDefault: (text: string) => text.toUpperCase(),
      keysHelpTip: help,
    },
  };
}
