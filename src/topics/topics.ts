import { CUSTOMARY_VARIABLES, OTHER_VARIABLES } from '../config/variables.js';
import { ERROR_MEANINGS, EXIT_MEANINGS } from './exit-codes.js';
import {
  ERROR_FIELDS,
  JSON_RULES,
  LISTEN_FIELDS,
  SEND_FIELDS,
  SEND_NDJSON_FIELDS,
} from './json.js';
import { HANDLER_ANSWERS, VARIABLE_ENTRIES } from './handlers.js';
import { definitions, outlined, paragraph } from './layout.js';
import { SETTING_ENTRIES, type SettingEntry } from './settings.js';

/** Something that `msg help` explains beside the commands. */
export interface Topic {
  readonly name: TopicName;
  /** The text for a terminal of so many columns, without a newline at the end. */
  readonly render: (columns: number) => string;
}

/** What `msg help` can be asked beside the commands. */
export type TopicName = 'settings' | 'environment' | 'exit-codes' | 'json' | 'handlers';

/** Finds a topic by its name. */
export function topicNamed(name: TopicName): Topic {
  return { name, render: (columns) => RENDERED[name](columns).join('\n\n') };
}

const RENDERED: Readonly<Record<TopicName, (columns: number) => readonly string[]>> = {
  settings: (columns) => [
    paragraph(
      'Each setting is a flag, an environment variable and a line of a profile; the first of them that has a value holds, then the built-in value. "msg profile show --origin" says which. "msg profile set" writes to a profile.',
      columns,
    ),
    outlined(SETTING_ENTRIES.map(describeSetting), columns),
    paragraph(
      'Durations are written 90s, 15m, 1h30m or 14d; sizes 900KiB or 2GB; several paths or URLs are separated by commas. Relative paths start at the working directory, in a profile at its file. A secret is never a value: a setting says where it is.',
      columns,
    ),
  ],
  environment: (columns) => [
    'Variables of msg itself:',
    definitions(Object.entries(OTHER_VARIABLES), columns),
    'Variables that it heeds:',
    definitions(Object.entries(CUSTOMARY_VARIABLES), columns),
    'Settings; an empty variable counts as not set:',
    definitions(
      SETTING_ENTRIES.map(({ variable, about }) => [variable, about]),
      columns,
    ),
  ],
  'exit-codes': (columns) => [
    'How msg ends, and what a scheduled job should do:',
    definitions(
      EXIT_MEANINGS.map(({ code, meaning, reaction }) => [String(code), `${meaning}; ${reaction}`]),
      columns,
    ),
    paragraph(
      'The error codes that --json prints, each with its exit code; * marks those that may succeed when the same call is made again:',
      columns,
    ),
    definitions(
      ERROR_MEANINGS.map(({ code, exit, retryable, meaning }) => [
        `${String(exit).padStart(3)} ${code}${retryable ? ' *' : ''}`,
        meaning,
      ]),
      columns,
    ),
  ],
  handlers: (columns) => [
    paragraph(
      'listen --exec runs a command line with /bin/sh -c for each message, in a process group of its own and with the payload on standard input, which it need not read. What it writes goes to the standard error of the listener. These variables tell all else; what a message does not have is not set:',
      columns,
    ),
    definitions(VARIABLE_ENTRIES, columns),
    paragraph(
      'The rest of the environment is that of the listener, without secrets: no variable of a setting that holds one, and none that a setting refers to with env:NAME. listen --forward-to posts the payload and sends the same facts as headers, MSG_REPLY_TO as Msg-Reply-To and so on, and with SENDER/ID as Idempotency-Key.',
      columns,
    ),
    'How it ends, or what a server answers, decides:',
    outlined(
      HANDLER_ANSWERS.map(({ exit, status, consequence }) => [
        `exit ${exit}; HTTP ${status}`,
        consequence,
      ]),
      columns,
    ),
  ],
  json: (columns) => [
    ...JSON_RULES.map((rule) => paragraph(rule, columns)),
    'An error:',
    definitions(ERROR_FIELDS, columns),
    'msg send:',
    definitions(SEND_FIELDS, columns),
    'msg send --ndjson, for each line:',
    definitions(SEND_NDJSON_FIELDS, columns),
    'msg listen, for each message:',
    definitions(LISTEN_FIELDS, columns),
  ],
};

function describeSetting({ key, flag, variable, about, type, preset }: SettingEntry) {
  const value = preset === undefined ? '' : `; built in: ${preset}`;
  return [`${key}  ${flag}  ${variable}`, `${about} (${type}${value})`] as const;
}
