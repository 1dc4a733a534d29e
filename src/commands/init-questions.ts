import { transportAddress } from '../config/addresses.js';
import { settingOf, type SettingKey } from '../config/settings.js';

/** What is known so far of the profile that is being set up, as texts. */
export type Answers = ReadonlyMap<SettingKey, string>;

/** A setting that `msg init` asks for. */
export interface SettingQuestion {
  readonly key: SettingKey;
  readonly message: string;
  /** An empty answer leaves the setting unset, and without a terminal nothing has to answer it. */
  readonly optional?: true;
  /** The choices of the setting's type are all that can be answered. */
  readonly pick?: true;
  /** What an empty answer means. */
  readonly preset?: string;
  /** Whether the question arises at all; always where absent. */
  readonly arises?: (answers: Answers) => boolean;
}

/**
 * The questions in their order: those settings that no profile works without, and those without
 * which the given brokers do not let anybody in. Everything else has a built-in value.
 */
export const QUESTIONS: readonly SettingQuestion[] = [
  { key: 'peer', message: 'Your own name in the directory' },
  {
    key: 'transport',
    message: 'Brokers (kafkas://HOST:PORT,… with TLS, kafka://… without) or file:PATH',
    preset: 'kafka://localhost:9092',
  },
  {
    key: 'transport.ca',
    message: "Certificate authorities of the brokers, a PEM file (empty: the system's)",
    optional: true,
    arises: hasTls,
  },
  {
    key: 'transport.sasl',
    message: 'How you log in at the brokers (none: by client certificate, or not at all)',
    optional: true,
    pick: true,
    arises: isKafka,
  },
  { key: 'transport.username', message: 'User name at the brokers', arises: hasPassword },
  {
    key: 'transport.password',
    message: 'Where your password at the brokers is (file:PATH, env:NAME, cmd:COMMAND, prompt)',
    preset: 'prompt',
    arises: hasPassword,
  },
  {
    key: 'transport.cert',
    message: 'Client certificate for the brokers, a PEM file (empty: none)',
    optional: true,
    arises: (answers) => hasTls(answers) && !hasPassword(answers),
  },
  {
    key: 'transport.key',
    message: 'Private key of the client certificate, a PEM file',
    arises: (answers) => answers.has('transport.cert'),
  },
  {
    key: 'chain.url',
    message: "The chain's JSON-RPC endpoints, in the order to be tried",
    preset: 'http://localhost:8545',
  },
  { key: 'chain.id', message: "The chain's id" },
  { key: 'directory', message: 'Address of the directory contract' },
  {
    key: 'account',
    message: 'Account that signs transactions: keystore:PATH or external:URL#ADDRESS (empty: none)',
    optional: true,
  },
  { key: 'trust.anchors', message: "The consortium's root certificates, PEM files" },
];

/** What the questions still are; each answer can raise or settle others. */
export function openQuestions(answers: Answers): readonly SettingQuestion[] {
  return QUESTIONS.filter(({ key, arises }) => !answers.has(key) && arises?.(answers) !== false);
}

/** The kind of value in capitals, as usage lines show it: `FILE`, `NUMBER`. */
export function placeholderOf(key: SettingKey): string {
  const { name } = settingOf(key).type;
  return /^[a-z]+(?:,\.\.\.)?$/.test(name) ? name.toUpperCase() : 'VALUE';
}

function isKafka(answers: Answers): boolean {
  return transportOf(answers)?.kind === 'kafka';
}

function hasTls(answers: Answers): boolean {
  const transport = transportOf(answers);
  return transport?.kind === 'kafka' && transport.tls;
}

function hasPassword(answers: Answers): boolean {
  return isKafka(answers) && answers.has('transport.sasl');
}

function transportOf(answers: Answers) {
  const text = answers.get('transport');
  return text === undefined ? undefined : transportAddress.parse(text);
}
