import { MsgError } from '../errors.js';
import { type ColourMode, styleFor } from './colour.js';
import type { TerminalQuestion } from './inquirer.js';
import type { IO } from './streams.js';
import { visible } from './visible.js';

/** What every question says. */
export interface Question {
  readonly message: string;
  /** What would have answered it without a terminal, such as `--peer NAME`; named when none is there. */
  readonly flag: string;
}

/** A line of text. */
export interface InputQuestion extends Question {
  readonly default?: string;
  /** What is wrong with an answer, or undefined when it will do. */
  readonly check?: (answer: string) => string | undefined;
}

/** What can be chosen. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Shown while the choice is pointed at. */
  readonly about?: string;
}

/** One of several. */
export interface SelectQuestion<T extends string> extends Question {
  readonly choices: readonly Choice<T>[];
  readonly default?: T;
}

/**
 * Asks the person at the terminal, on stderr. Every question fails with MsgError `usage`, naming the
 * flag that answers it, when nobody can be asked, and with `interrupted` on Ctrl-C or Ctrl-D.
 */
export interface Prompter {
  /** Whether somebody can be asked. */
  readonly available: boolean;
  input(question: InputQuestion): Promise<string>;
  /** Nothing typed is shown. */
  password(question: Omit<InputQuestion, 'default'>): Promise<string>;
  confirm(question: Question & { readonly default: boolean }): Promise<boolean>;
  select<T extends string>(question: SelectQuestion<T>): Promise<T>;
}

/** What a {@link Prompter} depends on. */
export interface PromptOptions {
  readonly io: IO;
  /** `--no-input`. */
  readonly noInput?: boolean;
  readonly colour?: ColourMode;
}

/** A prompter for one process. inquirer is loaded by the first question that is really asked. */
export function createPrompter(options: PromptOptions): Prompter {
  const ask = async (flag: string, question: TerminalQuestion): Promise<unknown> => {
    const obstacle = obstacleTo(options);
    if (obstacle !== undefined) throw unanswered(question.message, flag, obstacle);
    const { askAtTerminal } = await import('./inquirer.js');
    const { io, colour } = options;
    return askAtTerminal(io, question, await styleFor(io.stderr, io.env, colour));
  };
  return {
    get available() {
      return obstacleTo(options) === undefined;
    },
    async input({ message, flag, check, default: preset }) {
      const question = { message: visible(message), default: preset, validate: validator(check) };
      return String(await ask(flag, { type: 'input', ...question }));
    },
    async password({ message, flag, check }) {
      const question = { message: visible(message), validate: validator(check) };
      return String(await ask(flag, { type: 'password', toggleMask: false, ...question }));
    },
    async confirm({ message, flag, default: preset }) {
      const question = { message: visible(message), default: preset };
      return (await ask(flag, { type: 'confirm', ...question })) === true;
    },
    async select({ message, flag, choices, default: preset }) {
      const question = { message: visible(message), default: preset, choices: choices.map(entry) };
      const answer = await ask(flag, { type: 'select', ...question });
      const chosen = choices.find((choice) => choice.value === answer);
      if (chosen === undefined) throw new MsgError('bug', 'the answer is none of the choices');
      return chosen.value;
    },
  };
}

function entry({ value, label, about }: Choice<string>): {
  readonly value: string;
  readonly name: string;
  readonly description?: string;
} {
  const name = visible(label);
  return about === undefined ? { value, name } : { value, name, description: visible(about) };
}

function validator(check: InputQuestion['check']): (answer: string) => true | string {
  return (answer) => check?.(answer) ?? true;
}

function obstacleTo({ io, noInput }: PromptOptions): string | undefined {
  if (noInput === true) return '--no-input is set';
  const ci = io.env['CI'];
  if (ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0') return 'CI is set';
  if (!io.stdin.isTTY) return 'standard input is not a terminal';
  return io.stderr.isTTY ? undefined : 'standard error is not a terminal';
}

function unanswered(message: string, flag: string, obstacle: string): MsgError {
  const subject = message.replace(/[?:]\s*$/, '');
  return new MsgError('usage', `cannot ask "${subject}": ${obstacle}`, {
    hint: `answer with ${flag}`,
  });
}
