import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { suggestion } from '../domain/nearest.js';
import { MsgError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { TopicName } from '../topics/topics.js';
import { parseGlobals } from './globals.js';
import { invoke } from './invoke.js';
import { Misuse, pathOf } from './usage.js';

/** What `msg help` explains beside the commands. */
export const TOPICS: Readonly<Record<TopicName, string>> = {
  settings: 'what can be set, by flag, environment or profile',
  environment: 'the variables that msg heeds',
  'exit-codes': 'how msg ends, for scripts',
  json: 'what --json prints',
  handlers: 'what listen tells a handler, and how that answers',
};

/** The commands in the order that somebody comes to need them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  Messages: [
    ...['send', 'request', 'reply', 'batch', 'listen'],
    ...['message', 'receipt', 'outbox', 'quarantine', 'inbox'],
  ],
  'Identity and directory': [
    ...['identity', 'cert', 'register', 'rotate', 'revoke'],
    ...['peer', 'registry', 'account'],
  ],
  'Set-up': ['init', 'profile', 'completion'],
  'Trying things': ['demo', 'sandbox'],
};

/** Every command that stands at the top of the tree, `help` included. */
export const TOP_COMMANDS: readonly string[] = [
  ...Object.values(GROUPS).flat(),
  'help',
  'complete',
];

/** Puts the commands under headings in the help; one that no heading names stands under `Commands`. */
export function groupCommands(program: CommandUnknownOpts): void {
  for (const [heading, names] of Object.entries(GROUPS)) {
    for (const command of program.commands) {
      if (names.includes(command.name())) command.helpGroup(`${heading}:`);
    }
  }
}

/** `msg help`: a command of any depth, or a topic. */
export function addHelpCommand(program: CommandUnknownOpts, runtime: Runtime): void {
  const topics = Object.entries(TOPICS).map(([name, about]) => `  ${name.padEnd(12)}  ${about}`);
  program
    .command('help')
    .description('explain a command or a topic')
    .argument('[topic...]', 'a command, such as "message list", or a topic')
    .addHelpText('after', `\nTopics:\n${topics.join('\n')}`)
    .action(async (words, _options, command) => {
      const [topic = ''] = words;
      if (words.length === 1 && isTopic(topic)) {
        const load = async () => (await import('../commands/topic.js')).run;
        await invoke(runtime, command, load, { topic });
        return;
      }
      findCommand(program, words, command).outputHelp();
    });
  program.addHelpText('after', `\nTopics (msg help TOPIC): ${Object.keys(TOPICS).join(', ')}`);
}

function isTopic(word: string): word is TopicName {
  return Object.hasOwn(TOPICS, word);
}

function findCommand(
  program: CommandUnknownOpts,
  words: readonly string[],
  asking: CommandUnknownOpts,
): CommandUnknownOpts {
  let found = program;
  for (const word of words) {
    const children = found.createHelp().visibleCommands(found);
    const next = children.find((child) => child.name() === word || child.aliases().includes(word));
    if (next === undefined) {
      const names = [...children.map((child) => child.name()), ...topicsBelow(found)];
      const hint = suggestion(word, names, `list the commands with: ${pathOf(found)} --help`);
      const failure = new MsgError('usage', `no command or topic ${JSON.stringify(word)}`, {
        hint,
      });
      throw new Misuse(failure, parseGlobals(asking));
    }
    found = next;
  }
  return found;
}

function topicsBelow(command: CommandUnknownOpts): readonly string[] {
  return command.parent === null ? Object.keys(TOPICS) : [];
}
