import { FILE_VARIABLE, HANDLER_VARIABLES } from '../messaging/handler-variables.js';

/** Every variable that a handler may find, with what it says. */
export const VARIABLE_ENTRIES: readonly (readonly [name: string, about: string])[] = [
  ...Object.entries(HANDLER_VARIABLES).map(([name, { about }]) => [name, about] as const),
  [
    FILE_VARIABLE,
    'with --exec-file: the file that holds the payload, read-only and removed afterwards',
  ],
];

/** How a handler may answer. */
export interface HandlerAnswer {
  /** Of a command. */
  readonly exit: string;
  /** Of a server. */
  readonly status: string;
  readonly consequence: string;
}

/** What each answer of a handler means for its message. */
export const HANDLER_ANSWERS: readonly HandlerAnswer[] = [
  { exit: '0', status: '2xx', consequence: 'done' },
  {
    exit: '75; ended by a signal from outside (TERM, KILL, HUP, …); took longer than --exec-timeout',
    status: '5xx, 3xx, 401, 407, 408, 421, 425, 426, 429',
    consequence:
      'again later, before any other message of this sender: after 0.5 s, then twice as long each time up to 30 s; at attempt --max-attempts into quarantine',
  },
  {
    exit: '126, 127: it cannot be run, or is not there',
    status: 'no connection, no answer within --forward-timeout',
    consequence: 'again later, without an end',
  },
  {
    exit: 'any other; ended by a signal of its own (SEGV, ABRT, BUS, …)',
    status: 'any other 4xx',
    consequence: 'into quarantine, with the last words of its standard error or of the answer',
  },
];
