import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTING_KEYS, variableOf } from '../../src/config/settings.js';
import { ERROR_CODES } from '../../src/errors.js';
import { jsonLine } from '../../src/commands/message-lines.js';
import { EXIT_MEANINGS } from '../../src/topics/exit-codes.js';
import { LISTEN_FIELDS } from '../../src/topics/json.js';
import { GENERATED_PAGES, withTables } from '../../src/topics/markdown.js';
import { topicNamed } from '../../src/topics/topics.js';
import { deliveryOf, headerOf } from '../support/messages.js';

describe('the documentation', () => {
  it.each(GENERATED_PAGES)('%s holds the tables that the program works by', (page) => {
    const text = readFileSync(page, 'utf8');
    expect(text === withTables(text), `${page} has drifted: run npm run docs:write`).toBe(true);
    expect(text).toContain('\n| ');
  });

  it('explains every exit code that an error has', () => {
    const explained = EXIT_MEANINGS.map(({ code }) => code);
    const used = Object.values(ERROR_CODES).map(({ exit }) => exit);
    expect(new Set([0, ...used])).toEqual(new Set(explained));
  });

  it('explains every variable that is a setting', () => {
    const text = topicNamed('environment').render(100);
    expect(SETTING_KEYS.filter((key) => !text.includes(` ${variableOf(key)} `))).toEqual([]);
  });

  it('explains every field that msg listen prints', () => {
    const explained = LISTEN_FIELDS.flatMap(([names]) => names.split(', '));
    const header = headerOf({
      ...{ contentType: 'application/json', type: 'order', cid: 'c', name: 'n' },
      replyTo: headerOf({}).id,
    });
    const payloads = [Buffer.from('{}'), Buffer.from('{'), Buffer.from([0xff])];
    const lines = payloads.map((payload) => jsonLine(deliveryOf(payload, { header }), {}));
    const file = jsonLine(deliveryOf(Buffer.from(''), { header }), { file: '/x' });
    const handled = jsonLine(deliveryOf(Buffer.from(''), { header }), {
      ...{ outcome: 'exit 0', milliseconds: 1, replyId: header.id },
    });
    const printed = [...lines, file, handled].flatMap((line) =>
      Object.keys(JSON.parse(line) as object),
    );
    expect(new Set(printed)).toEqual(new Set(explained));
  });
});
