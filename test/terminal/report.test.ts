import { describe, expect, it } from 'vitest';
import { MsgError } from '../../src/errors.js';
import { styleFor } from '../../src/terminal/colour.js';
import { createReport, type ReportOptions, verbosityOf } from '../../src/terminal/report.js';
import { createStatusLine } from '../../src/terminal/status-line.js';
import { memoryIO } from '../support/io.js';

function report(options: Partial<ReportOptions> = {}) {
  const { io, stderr, stdout } = memoryIO({ terminals: ['stderr'] });
  const made = createReport({ stderr: io.stderr, verbosity: 0, json: false, ...options });
  return { report: made, io, stderr, stdout };
}

const UNKNOWN = new MsgError('peer-unknown', 'no peer "acmee" in the directory', {
  hint: 'did you mean acme',
  cause: new Error('underneath', { cause: new Error('at the bottom') }),
});

describe('an error', () => {
  it('is a line on stderr, and a hint what to do', () => {
    const { report: to, stderr, stdout } = report();
    to.error(UNKNOWN);
    expect(stderr()).toBe(
      'msg: error: no peer "acmee" in the directory\nmsg: hint: did you mean acme\n',
    );
    expect(stdout()).toBe('');
  });

  it('is one object with --json', () => {
    const { report: to, stderr } = report({ json: true });
    to.error(UNKNOWN);
    expect(JSON.parse(stderr())).toEqual({
      error: {
        code: 'peer-unknown',
        message: 'no peer "acmee" in the directory',
        hint: 'did you mean acme',
        retryable: false,
      },
    });
    expect(stderr()).toMatch(/^[^\n]*\n$/);
  });

  it('shows where it came from with -vv only', () => {
    const [plain, verbose] = [report({ verbosity: 1 }), report({ verbosity: 2 })];
    plain.report.error(UNKNOWN);
    verbose.report.error(UNKNOWN);
    expect(plain.stderr()).not.toMatch(/underneath|report\.test/);
    expect(verbose.stderr()).toMatch(/report\.test\.ts:\d+/);
    expect(verbose.stderr()).toContain('  caused by: Error: underneath');
    expect(verbose.stderr()).toContain('  caused by: Error: at the bottom');
  });

  it('holds its stack in the object with --json and -vv', () => {
    const { report: to, stderr } = report({ json: true, verbosity: 2 });
    to.error(UNKNOWN);
    expect(JSON.parse(stderr())).toMatchObject({
      error: { stack: expect.arrayContaining(['  caused by: Error: underneath']) as unknown },
    });
  });

  it.each([new TypeError('x is not a function'), 'x is not a function'])(
    'that nobody expected is called a bug: %j',
    (thrown) => {
      const { report: to, stderr } = report();
      to.error(thrown);
      expect(stderr()).toMatch(
        /^msg: error: unexpected failure: x is not a function\nmsg: hint: this is a bug/,
      );
    },
  );

  it('never shows a secret', () => {
    const { report: to, stderr } = report({ verbosity: 2 });
    to.hide('swordfish');
    const cause = new Error('https://anna:hunter2@node refused swordfish');
    to.error(
      new MsgError('chain-unreachable', 'cannot reach https://anna:hunter2@node', { cause }),
    );
    expect(stderr()).toContain('cannot reach https://***@node');
    expect(stderr()).not.toMatch(/hunter2|swordfish/);
  });

  it.each(['p"ass\\word', 'two\nlines', 'pä ss%', '{', 'error'])(
    'never shows the secret %j, in whatever form it is repeated, and stays JSON',
    (secret) => {
      const forms = [secret, JSON.stringify({ secret }), encodeURIComponent(secret)];
      const basic = Buffer.from(secret).toString('base64');
      const error = new MsgError('usage', `refused ${forms.join(' and ')}`, {
        hint: `not ${secret}`,
        cause: new Error(`sent ${basic} and ${secret}`),
      });
      for (const json of [false, true]) {
        const { report: to, stderr } = report({ verbosity: 2, json, debug: '*' });
        to.hide(secret);
        to.warn(secret, secret);
        to.debug('kafka', `{"password": ${JSON.stringify(secret)}}`);
        to.error(error);
        const lines = stderr().trimEnd().split('\n');
        const objects = json ? lines.map((line): unknown => JSON.parse(line)) : [];
        const texts = json ? objects.flatMap(textsOf) : [stderr().replaceAll('msg: error:', '')];
        for (const text of texts) {
          for (const form of [...forms, basic]) expect(text).not.toContain(form);
        }
        if (json) expect(objects.at(-1)).toMatchObject({ error: { code: 'usage' } });
      }
    },
  );

  it('shows nothing of a private key that stands in a cause', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\n-----END PRIVATE KEY-----';
    for (const json of [false, true]) {
      const { report: to, stderr } = report({ verbosity: 2, json });
      to.error(new MsgError('config', 'bad', { cause: new Error(`cannot parse ${pem} here`) }));
      expect(stderr()).toContain('PRIVATE KEY ***');
      expect(stderr()).not.toContain('MIGHAgEAMBMGByqG');
    }
  });

  it('cannot drive the terminal', () => {
    const { report: to, stderr } = report();
    to.error(new MsgError('usage', 'bad name \u001b[2J\nmsg: error: forged'));
    expect(stderr()).toBe('msg: error: bad name \\x1b[2J\\nmsg: error: forged\n');
  });
});

/** All texts in a JSON value, keys left out. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

describe('how much is said', () => {
  const say = (options: Partial<ReportOptions>): string => {
    const { report: to, stderr } = report(options);
    to.warn('w', 'do this');
    to.note('n');
    to.detail('d');
    to.debug('kafka', 'k');
    to.debug('chain', 'c');
    to.error(new MsgError('usage', 'e'));
    return stderr();
  };
  const warning = 'msg: warning: w\nmsg: hint: do this\n';

  it.each([
    ['-q', { verbosity: -1 }, 'msg: error: e\n'],
    ['nothing', { verbosity: 0 }, `${warning}msg: n\nmsg: error: e\n`],
    ['-v', { verbosity: 1 }, `${warning}msg: n\nmsg: d\nmsg: error: e\n`],
    [
      'MSG_DEBUG=chain,cms',
      { verbosity: -1, debug: 'chain, cms' },
      'msg: debug: chain: c\nmsg: error: e\n',
    ],
    [
      'MSG_DEBUG=*',
      { verbosity: -1, debug: '*' },
      'msg: debug: kafka: k\nmsg: debug: chain: c\nmsg: error: e\n',
    ],
  ] as const)('with %s', (_, options, text) => {
    expect(say(options)).toBe(text);
  });

  it('is one object a line with --json', () => {
    const lines = say({ json: true, debug: 'kafka' }).trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { warning: { message: 'w', hint: 'do this' } },
      { note: { message: 'n' } },
      { debug: { message: 'k', topic: 'kafka' } },
      { error: { code: 'usage', message: 'e', retryable: false } },
    ]);
  });

  it.each([
    [{ quiet: false, verbose: 0 }, 0],
    [{ quiet: false, verbose: 1 }, 1],
    [{ quiet: false, verbose: 3 }, 2],
    [{ quiet: true, verbose: 2 }, -1],
  ])('follows from the flags %j', (flags, verbosity) => {
    expect(verbosityOf(flags)).toBe(verbosity);
  });
});

describe('a report', () => {
  it('colours its labels, not what they say', async () => {
    const style = await styleFor({ isTTY: true }, {});
    const { report: to, stderr } = report({ style });
    to.error(new MsgError('usage', 'e', { hint: 'h' }));
    expect(stderr()).toBe('\u001b[31mmsg: error:\u001b[39m e\n\u001b[36mmsg: hint:\u001b[39m h\n');
  });

  it('clears the status line before it prints', () => {
    const { io, stderr } = memoryIO({ terminals: ['stderr'] });
    const status = createStatusLine(io.stderr);
    const to = createReport({ stderr: io.stderr, verbosity: 0, json: false, status });
    status.show('25 %');
    to.note('hello');
    expect(stderr()).toBe('\r\u001b[K25 %\r\u001b[Kmsg: hello\n');
  });
});
