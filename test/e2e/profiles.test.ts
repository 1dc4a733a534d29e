import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateToPem } from '../../src/x509/pem.js';
import { msg, type Ended } from '../support/msg.js';
import { makeAuthority } from '../support/pki.js';
import { hasPseudoTerminal, runInTerminal } from '../support/pseudo-terminal.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const ADDRESS = `0x${'5a'.repeat(20)}`;
const ANSWERS = [
  ...['--peer', 'acme', '--transport', 'kafka://broker.example', '--chain-url', 'http://node:8545'],
  ...['--chain-id', '1337', '--directory', ADDRESS, '--trust-anchors', 'ca.pem'],
];

/** A home of the test's own, and the program that lives in it. */
function newHome() {
  const home = temporaryDirectory();
  const run = (...args: string[]): Promise<Ended> => msg(args, { home, cwd: home });
  const show = async (): Promise<unknown> =>
    JSON.parse((await run('profile', 'show', '--json')).stdout);
  return { home, run, show };
}

describe('msg init without a terminal', () => {
  it('makes a profile of what flags say, and says what comes next', async () => {
    const { home, run } = newHome();
    const { code, stdout, stderr } = await run('init', ...ANSWERS);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'default\n' });
    expect(stderr).toContain('msg account create');
    expect(stderr).toContain('msg registry admit acme --owner 0x');
    expect(stderr).toContain(`warning: trust.anchors: cannot read ${join(home, 'ca.pem')}`);
    expect(stderr).not.toContain('profile use');
    const file = join(home, 'config', 'profiles.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      current: 'default',
      profiles: {
        default: {
          ...{ peer: 'acme', transport: 'kafka://broker.example', 'chain.url': 'http://node:8545' },
          ...{ 'chain.id': '1337', directory: ADDRESS, 'trust.anchors': join(home, 'ca.pem') },
        },
      },
    });
  });

  it('names every flag that is missing, and writes nothing', async () => {
    const { home, run } = newHome();
    const { code, stderr } = await msg(['init', ...ANSWERS.slice(0, 4)], {
      ...{ home, env: { MSG_CHAIN_ID: '5' } },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('nobody can be asked for chain.url, directory, trust.anchors');
    expect(stderr).toContain('--chain-url URL,... --directory ADDRESS --trust-anchors PATH,...');
    expect((await run('profile', 'list')).stdout).toBe('');
  });

  it('takes answers from the environment and keeps them', async () => {
    const { home, run, show } = newHome();
    const env = { MSG_PEER: 'globex' };
    expect((await msg(['init', ...ANSWERS.slice(2)], { home, env })).code).toBe(0);
    expect(await show()).toMatchObject({
      settings: { peer: { value: 'globex', origin: 'profile default' } },
    });
    expect((await run('profile', 'list')).stdout).toBe(
      '*\tdefault\tglobex\tkafka://broker.example\n',
    );
  });

  it('says which flag or variable is wrong', async () => {
    const { home } = newHome();
    const { code, stderr } = await msg(['init', ...ANSWERS.slice(2)], {
      ...{ home, env: { MSG_PEER: 'Acme' } },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('peer: not a peer name: "Acme" (from MSG_PEER)');
  });

  it('never replaces a profile without --force, and then leaves nothing of it', async () => {
    const { run, show } = newHome();
    await run('init', ...ANSWERS, '--book-max-age', '5m');
    const refused = await run('init', ...ANSWERS, '--peer', 'globex');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('answer with --force');
    expect(await show()).toMatchObject({ settings: { peer: { value: 'acme' } } });
    expect((await run('init', ...ANSWERS, '--peer', 'globex', '--force')).code).toBe(0);
    expect(await show()).toMatchObject({
      settings: { peer: { value: 'globex' }, 'book.max-age': { origin: 'built-in' } },
    });
  });
});

describe.skipIf(!hasPseudoTerminal())('msg init at a terminal', () => {
  const command = (...args: string[]) => [`'${process.execPath}'`, 'bin/msg.js', ...args].join(' ');

  it('asks for what is not answered yet, and explains what will not do', async () => {
    const { home, show } = newHome();
    const session = runInTerminal(
      command('init', ...ANSWERS.slice(0, 2), ...ANSWERS.slice(4, 10), '--color', 'never'),
      { MSG_HOME: home },
    );
    await session.shows('Name of the profile (default)');
    session.type('\r');
    await session.shows('Brokers');
    session.type('http://x\r');
    await session.shows('not the address of a transport');
    session.type(`${'\x7f'.repeat(8)}kafkas://broker.example:9093\r`);
    await session.shows('Certificate authorities of the brokers');
    session.type('\r');
    await session.shows('How you log in');
    session.type('\r');
    await session.shows('Client certificate');
    session.type('\r');
    await session.shows('Account that signs');
    session.type('\r');
    await session.shows('root certificates');
    session.type('/etc/ca.pem\r');
    expect(await session.exitCode).toBe(0);
    expect(session.screen()).not.toContain('Your own name');
    expect(await show()).toMatchObject({
      settings: {
        transport: { value: 'kafkas://broker.example:9093' },
        'transport.sasl': { origin: 'unset' },
        'trust.anchors': { value: '/etc/ca.pem' },
      },
    });
  });

  it('leaves a profile alone when it is told to', async () => {
    const { home, run, show } = newHome();
    await run('init', ...ANSWERS);
    const session = runInTerminal(command('init', '--profile', 'default'), { MSG_HOME: home });
    await session.shows('Replace it?');
    session.type('n\r');
    expect(await session.exitCode).toBe(0);
    expect(session.screen()).toContain('profile default stays as it is');
    expect(await show()).toMatchObject({ settings: { peer: { value: 'acme' } } });
  });
});

describe('msg profile', () => {
  it('set makes the first profile, and keeps paths absolute', async () => {
    const { home, run, show } = newHome();
    expect(await run('profile', 'set', 'trust.anchors', 'ca.pem')).toMatchObject({
      ...{ code: 0, stdout: '' },
      stderr: `msg: default: trust.anchors = ${join(home, 'ca.pem')}\n`,
    });
    expect(await show()).toMatchObject({
      ...{ profile: 'default', settings: { 'trust.anchors': { value: join(home, 'ca.pem') } } },
    });
  });

  it.each([
    ['peer', 'Acme', 'peer: not a peer name: "Acme"'],
    ['trust.naming', 'mail:{name}', 'trust.naming: '],
    ['key.passphrase', 'hunter2', 'key.passphrase: not a reference to a secret'],
    ['chian.url', 'http://n', 'no setting "chian.url"'],
  ])('set refuses %s %s', async (key, value, message) => {
    const { run } = newHome();
    const { code, stderr } = await run('profile', 'set', key, value);
    expect(code).toBe(2);
    expect(stderr).toContain(`msg: error: ${message}`);
    expect(stderr).not.toContain('hunter2');
  });

  it('unset brings the built-in value back', async () => {
    const { run, show } = newHome();
    await run('profile', 'set', 'book.max-age', '5m');
    await run('profile', 'unset', 'book.max-age');
    expect(await show()).toMatchObject({
      settings: { 'book.max-age': { value: '60s', origin: 'built-in' } },
    });
  });

  it('use changes the current one, which list marks', async () => {
    const { run } = newHome();
    await run('init', ...ANSWERS, '--profile', 'test');
    await run('init', ...ANSWERS, '--profile', 'prod');
    await run('profile', 'use', 'prod');
    const { stdout } = await run('profile', 'list', '--json');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(rows).toEqual([
      { name: 'test', current: false, peer: 'acme', transport: 'kafka://broker.example' },
      { name: 'prod', current: true, peer: 'acme', transport: 'kafka://broker.example' },
    ]);
    expect(await run('profile', 'use', 'prdo')).toMatchObject({
      ...{ code: 2, stderr: 'msg: error: no profile "prdo"\nmsg: hint: did you mean prod\n' },
    });
  });

  it('show --origin says where each value came from', async () => {
    const { home, run } = newHome();
    await run('init', ...ANSWERS);
    const env = { MSG_BOOK_MAX_AGE: '5m' };
    const args = ['profile', 'show', '--origin', '--peer', 'globex'];
    const { stdout } = await msg(args, { home, env });
    const lines = stdout.split('\n');
    expect(lines).toContain('peer\tglobex\t--peer');
    expect(lines).toContain('book.max-age\t5m\tMSG_BOOK_MAX_AGE');
    expect(lines).toContain('chain.id\t1337\tprofile default');
    expect(lines).toContain('chain.fees\tauto\tbuilt-in');
    expect(lines).toContain('inbox\t\tunset');
  });

  it('validate prints every problem and ends with 2', async () => {
    const { run } = newHome();
    await run('profile', 'set', 'chain.url', 'http://node');
    const { code, stdout } = await run('profile', 'validate', '--json');
    expect(code).toBe(2);
    const problems = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(problems).toEqual([
      expect.objectContaining({ profile: 'default', level: 'error', key: 'peer' }),
      expect.objectContaining({ key: 'transport' }),
      expect.objectContaining({ key: 'directory' }),
    ]);
  });

  it('validate ends with 0 where there are but warnings', async () => {
    const { home, run } = newHome();
    writeFileSync(join(home, 'ca.pem'), certificateToPem((await makeAuthority()).root));
    await run('init', ...ANSWERS);
    const env = { MSG_PERE: 'acme' };
    expect(await msg(['profile', 'validate'], { home, env })).toMatchObject({
      code: 0,
      stdout: 'warning\tMSG_PERE\tno such environment variable\tdid you mean MSG_PEER\n',
    });
  });

  it('validate looks at the files that settings name, and at who may read the secret ones', async () => {
    const { home, run } = newHome();
    await run('init', ...ANSWERS, '--account', 'keystore:account.json');
    writeFileSync(join(home, 'ca.pem'), 'not a certificate');
    writeFileSync(join(home, 'loose'), 'sesame');
    chmodSync(join(home, 'loose'), 0o644);
    await run('profile', 'set', 'key.passphrase', 'file:loose');
    await run('profile', 'set', 'account.passphrase', 'file:gone');
    const { code, stdout } = await run('profile', 'validate');
    expect(code).toBe(2);
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(told.map(([level, key]) => [level, key])).toEqual([
      ['error', 'trust.anchors'],
      ['error', 'account'],
      ['error', 'account.passphrase'],
      ['error', 'key.passphrase'],
    ]);
    expect(told[1]?.slice(2)).toEqual([
      `${join(home, 'account.json')} does not exist`,
      'make one with "msg account create"',
    ]);
    expect(told[3]?.[2]).toContain('loose has mode 0644, so others can get at it');
  });

  it('validate notices an address that was copied wrongly', async () => {
    const { run } = newHome();
    const miscopied = '0x5FbDB2315678afecb367f032d93F642f64180aa4';
    await run('init', ...ANSWERS, '--directory', miscopied);
    const { stdout } = await run('profile', 'validate');
    expect(stdout).toMatch(/^error\tdirectory\t.*0x5FbDB.*\t.*checksum/m);
  });

  it('remove wants to be told twice', async () => {
    const { run } = newHome();
    await run('init', ...ANSWERS);
    const unsure = await run('profile', 'remove', 'default');
    expect(unsure.code).toBe(2);
    expect(unsure.stderr).toContain('answer with --yes');
    expect((await run('profile', 'remove', 'default', '--yes')).code).toBe(0);
    expect((await run('profile', 'list')).stdout).toBe('');
  });
});
