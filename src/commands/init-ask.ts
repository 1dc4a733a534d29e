import { flagOf, settingOf, type SettingKey } from '../config/settings.js';
import { settleText } from '../config/setting-text.js';
import { MsgError } from '../errors.js';
import type { Context } from '../runtime.js';
import { pathBase } from './configuration.js';
import { openQuestions, placeholderOf, type SettingQuestion } from './init-questions.js';

/** Asks whatever the given settings leave open; what an old profile says is the preset. */
export async function askOpenQuestions(
  given: ReadonlyMap<SettingKey, string>,
  old: ReadonlyMap<string, string>,
  { prompter }: Context,
): Promise<ReadonlyMap<SettingKey, string>> {
  const answers = new Map(given);
  if (!prompter.available) return answers;
  const passed = new Set<SettingKey>();
  for (;;) {
    const question = openQuestions(answers).find(({ key }) => !passed.has(key));
    if (question === undefined) return answers;
    passed.add(question.key);
    const answer = await askFor(question, old.get(question.key), prompter);
    if (answer !== '') answers.set(question.key, settled(question.key, answer));
  }
}

async function askFor(
  question: SettingQuestion,
  old: string | undefined,
  prompter: Context['prompter'],
): Promise<string> {
  const { key, message, optional } = question;
  const flag = `${flagOf(key)} ${placeholderOf(key)}`;
  const preset = old ?? question.preset;
  if (question.pick === true) {
    const { choices = [] } = settingOf(key).type;
    const entries = [...(optional === true ? [''] : []), ...choices];
    const labelled = entries.map((value) => ({ value, label: value === '' ? 'none' : value }));
    return prompter.select({
      ...{ message, flag, choices: labelled },
      ...(preset === undefined ? {} : { default: preset }),
    });
  }
  const answer = await prompter.input({
    ...{ message, flag },
    ...(preset === undefined ? {} : { default: preset }),
    check: (text) => {
      if (text.trim() === '') return optional === true ? undefined : 'this has to be answered';
      return faultOf(() => settled(key, text));
    },
  });
  return answer.trim();
}

function settled(key: SettingKey, text: string): string {
  return settleText(key, text, { base: pathBase() }).text;
}

/** What is wrong with an answer, and what would be right; undefined when it will do. */
export function faultOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof MsgError)) throw error;
    return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  }
}
