import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { msg } from '../support/msg.js';
import { hasPseudoTerminal, runInTerminal } from '../support/pseudo-terminal.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { hasShell } from '../support/shells.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;
let environment: Readonly<Record<string, string>>;
let sentId = '';

beforeAll(async () => {
  sandbox = await raiseSandbox();
  await msg(['profile', 'use', 'alice'], { home: sandbox.home });
  const sent = await sandbox.as('alice', ['send', 'bob', '--json', '{}', '--type', 'order.new']);
  sentId = sent.stdout.trim();
  const bin = join(sandbox.files, 'bin');
  mkdirSync(bin);
  symlinkSync(resolve('bin/msg.js'), join(bin, 'msg'));
  mkdirSync(join(sandbox.files, 'work', 'results'), { recursive: true });
  writeFileSync(join(sandbox.files, 'work', 'report.pdf'), '');
  environment = { MSG_HOME: sandbox.home, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
});
afterAll(async () => {
  await sandbox.remove();
});

function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

const work = (): string => join(sandbox.files, 'work');

describe('msg complete', () => {
  const complete = (kind: string, words: string[], env: Record<string, string> = {}) =>
    msg(['complete', kind, '--', 'msg', ...words], { home: sandbox.home, env });

  it('lists the peers of the address book, though the chain is gone', async () => {
    const { code, stdout, stderr } = await complete('peers', ['send', ''], {
      MSG_CHAIN_URL: 'http://127.0.0.1:1',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('bob\tactive\n');
  });

  it.each([
    ['profiles', [''], 'bob\tbob\n'],
    ['types', [''], 'order.new\t\n'],
    ['setting-values', ['profile', 'set', 'chain.fees', ''], 'auto\t\nlegacy\t\nfree\t\n'],
  ])('lists %s', async (kind, words, line) => {
    expect((await complete(kind, words)).stdout).toContain(line);
  });

  it('lists messages of the profile that the command line names', async () => {
    const typed = ['message', 'show', ''];
    expect((await complete('messages', typed)).stdout).toBe(`${sentId}\tout bob order.new\n`);
    expect((await complete('messages', ['-p', 'bob', ...typed])).stdout).toBe('');
    expect((await complete('messages', ['--profile=bob', ...typed])).stdout).toBe('');
  });

  it.each([
    ['nothing is there', {}],
    ['the profile does not exist', { MSG_PROFILE: 'nobody' }],
    ['a setting is wrong', { MSG_CHAIN_ID: 'x' }],
  ])('says nothing where %s, and makes no file', async (_, env) => {
    const home = join(sandbox.files, 'empty');
    for (const kind of ['peers', 'messages', 'types', 'refused', 'keys', 'unheard-of']) {
      const ended = await msg(['complete', kind, '--', 'msg', ''], { home, env });
      expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    }
    // Only the launcher keeps something there: Node's code cache.
    expect(filesBelow(home).filter((path) => !path.startsWith('cache/code'))).toEqual([]);
  });

  it('says nothing about profiles that cannot be read', async () => {
    const home = join(sandbox.files, 'broken');
    mkdirSync(join(home, 'config'), { recursive: true });
    writeFileSync(join(home, 'config', 'profiles.json'), '{');
    chmodSync(join(home, 'config', 'profiles.json'), 0o600);
    const ended = await msg(['complete', 'profiles', '--', 'msg', ''], { home });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

/** What is typed, what must be offered, and what must not. */
const CASES: readonly [typed: string, offered: readonly string[], withheld: readonly string[]][] = [
  ['msg ', ['send', 'message', 'help'], ['complete ', '--profile']],
  ['msg message ', ['list', 'show'], ['report.pdf']],
  ['msg send ', ['alice', 'bob'], ['report.pdf', '--type']],
  ['msg send bob ', ['alice', 'report.pdf'], ['--type']],
  ['msg send bob re', ['report.pdf'], ['alice']],
  ['msg send bob --', ['--type', '--expires', '--profile'], ['report.pdf', '--chain-url']],
  ['msg send --json {} bob --type ', ['order.new'], ['report.pdf']],
  ['msg --format ', ['json', 'text'], ['report.pdf']],
  ['msg --color=', ['always', 'never'], ['report.pdf']],
  ['msg message list --profile ', ['alice', 'bob'], ['report.pdf']],
  ['msg --chain-url http://x message ', ['list', 'show'], ['report.pdf']],
  ['msg listen --out re', ['results'], ['report.pdf']],
  ['msg profile set chain.', ['chain.url', 'chain.id'], ['report.pdf']],
  ['msg profile set chain.fees ', ['legacy', 'free'], ['report.pdf']],
  ['msg help exit', ['exit-codes'], []],
];

/** What no shell may do with what is typed. */
const HOSTILE = 'msg send "$(touch owned)" `touch owned` ';

/** What bash would offer for a line that it has taken apart itself. */
const BASH = `
  source "$1"; cd "$2"
  # COMP_WORDS as readline makes them: apart at blanks, and at = and :.
  line=$3; COMP_WORDS=(); word=''
  for ((i = 0; i < \${#line}; i++)); do
    char=\${line:i:1}
    case $char in
      ' ') [[ -n $word ]] && COMP_WORDS+=("$word"); word='' ;;
      = | :) [[ -n $word ]] && COMP_WORDS+=("$word"); COMP_WORDS+=("$char"); word='' ;;
      *) word+=$char ;;
    esac
  done
  [[ -n $word || $line == *' ' ]] && COMP_WORDS+=("$word")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _msg
  printf '%s\\n' "\${COMPREPLY[@]}"`;

describe.skipIf(!hasShell('bash'))('in bash', () => {
  const offersFor = (typed: string): string => {
    const script = resolve('completions/msg.bash');
    const args = ['--norc', '-c', BASH, 'bash', script, work(), typed];
    const { stdout, stderr } = spawnSync('bash', args, { env: environment, encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout;
  };

  it.each(CASES)('%j', (typed, offered, withheld) => {
    const lines = offersFor(typed).split('\n');
    expect(lines).toEqual(expect.arrayContaining([...offered]));
    expect(lines.filter((line) => withheld.includes(line.trim()))).toEqual([]);
  });

  it('nothing that is typed is run', () => {
    offersFor(HOSTILE);
    expect(offersFor('msg send bob owned')).not.toContain('owned');
  });

  it.skipIf(!hasPseudoTerminal())('a tab at a terminal completes', async () => {
    const session = runInTerminal('bash --norc -i', { ...environment, PS1: '> ' });
    session.type(`source ${resolve('completions/msg.bash')}; cd ${work()}; echo rea''dy\n`);
    await session.shows('ready');
    session.type('msg prof\tva\tali\t--js\t; exit\n');
    await session.shows('msg profile validate alice --json ');
    expect(await session.exitCode).toBe(0);
  });
});

describe.skipIf(!hasShell('fish'))('in fish', () => {
  const offersFor = (typed: string): string => {
    const command = `cd '${work()}'; source '${resolve('completions/msg.fish')}'; complete -C '${typed}'`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', command], {
      ...{ env: { ...environment, HOME: work(), TERM: 'dumb' }, encoding: 'utf8' },
    });
    expect(stderr).toBe('');
    return stdout;
  };

  it.each(CASES)('%j', (typed, offered, withheld) => {
    // `--color=` is completed with the flag in front, directories with a slash behind.
    const values = offersFor(typed)
      .split('\n')
      .map((line) => line.replace(/\t.*$/, '').replace(/^--color=|\/$/g, ''));
    expect(values).toEqual(expect.arrayContaining([...offered]));
    expect(values.filter((value) => withheld.includes(value))).toEqual([]);
  });

  it('nothing that is typed is run', () => {
    offersFor(HOSTILE);
    expect(offersFor('msg send bob owned')).not.toContain('owned');
  });
});

/** What zsh's line editor writes when it begins: bracketed paste is switched on. */
const EDITING = '\u001b[?2004h';

describe.skipIf(!hasShell('zsh') || !hasPseudoTerminal())('in zsh', () => {
  /** The words that zsh shows below a line when it is asked to complete it. */
  async function offersFor(typed: string): Promise<readonly string[]> {
    const session = runInTerminal('zsh -f -i', { ...environment, TERM: 'dumb', COLUMNS: '200' });
    const setup = [
      ...["PS1='> '", 'LISTMAX=1000', `fpath=(${resolve('completions')} $fpath)`],
      ...['autoload -Uz compinit', 'compinit -u -D', "bindkey '^X' list-choices"],
      ...[`cd ${work()}`, "echo rea''dy"],
    ];
    session.type(`${setup.join('; ')}\n`);
    await session.shows('\nready');
    // Keys that come before its line editor is at work would be echoed, and counted, twice.
    const hasEditor = (): boolean =>
      session.screen().split('\nready').at(-1)?.includes(EDITING) === true;
    await until('zsh edits a line', hasEditor);
    const start = session.screen().length;
    const shown = (): string => session.screen().slice(start);
    session.type(`${typed}\x18`);
    // The list stands between the line as it was typed and the same line drawn again.
    await until('zsh has listed what it offers', () => shown().split(typed).length > 2);
    return shown()
      .split(/\s+/)
      .map((word) => word.replace(/\/$/, ''));
  }

  it.each(CASES)('%j', async (typed, offered, withheld) => {
    const words = (await offersFor(typed)).filter((word) => !typed.split(' ').includes(word));
    expect(words).toEqual(expect.arrayContaining([...offered]));
    expect(words.filter((word) => withheld.includes(word))).toEqual([]);
  });

  it('nothing that is typed is run', async () => {
    await offersFor(HOSTILE);
    expect(spawnSync('ls', [work()], { encoding: 'utf8' }).stdout).not.toContain('owned');
  });
});
