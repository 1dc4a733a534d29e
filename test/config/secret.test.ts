import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { resolveSecret, type SecretSources } from '../../src/config/resolve-secret.js';
import { formatSecretReference, parseSecretReference, Secret } from '../../src/config/secret.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const sources: SecretSources = {
  env: { TOKEN: 'from the environment', EMPTY: '' },
  what: 'the passphrase of acme',
  ask: (question) => Promise.resolve(`answer to ${question}`),
};

async function reveal(reference: string, more: Partial<SecretSources> = {}): Promise<string> {
  const secret = await resolveSecret(parseSecretReference(reference), { ...sources, ...more });
  return secret.reveal();
}

function secretFile(text: string, mode = 0o600): string {
  const path = join(temporaryDirectory(), 'secret');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('a secret', () => {
  it('does not print, whatever prints it', () => {
    const secret = new Secret('swordfish');
    const held = { secret, list: [secret] };
    const printed = [
      String(secret),
      JSON.stringify(held),
      inspect(held, { showHidden: true, depth: 9 }),
    ];
    expect(printed.join()).not.toContain('swordfish');
    expect(printed.join()).toContain('[secret]');
  });
});

describe('a reference to a secret', () => {
  it.each(['file:/run/secrets/key', 'env:KEY_1', 'cmd:pass show msg | head -1', 'prompt'])(
    'reads %s and writes it the same',
    (text) => {
      expect(formatSecretReference(parseSecretReference(text))).toBe(text);
    },
  );

  it.each(['', 'swordfish', 'file:', 'env:', 'env:A B', 'cmd: ', 'prompt:', 'FILE:/x', ':x'])(
    'is not %j, which is not repeated',
    (text) => {
      expect(() => parseSecretReference(text)).toThrow(/^not a reference to a secret$/);
    },
  );
});

describe('finding a secret', () => {
  it('in the environment', async () => {
    expect(await reveal('env:TOKEN')).toBe('from the environment');
  });

  it('at the terminal, asking for what it is', async () => {
    expect(await reveal('prompt')).toBe('answer to the passphrase of acme');
  });

  it.each([
    ['sword\n', 'sword'],
    ['sword\r\n', 'sword'],
    ['two\nlines\n\n', 'two\nlines\n'],
    [' spaces ', ' spaces '],
  ])('in a file, without one newline at its end: %j', async (text, secret) => {
    expect(await reveal(`file:${secretFile(text)}`)).toBe(secret);
  });

  it('in a file that is only readable', async () => {
    expect(await reveal(`file:${secretFile('x', 0o400)}`)).toBe('x');
  });

  it('in the first line that a command prints', async () => {
    expect(await reveal('cmd:printf "sword\\nuser: anna\\n"')).toBe('sword');
  });

  it('from a command that talks: what it says is passed on without what it printed', async () => {
    const said: string[] = [];
    const command = [
      'echo "opening the vault" >&2; set -x',
      'printf "sword\\nswordfish user\\n"; echo "the token is swordfish user, sword" >&2',
    ].join('; ');
    const onCommandSays = (line: string) => said.push(line);
    expect(await reveal(`cmd:${command}`, { onCommandSays })).toBe('sword');
    expect(said[0]).toBe('opening the vault');
    expect(said.at(-1)).toBe('the token is ***, ***');
    expect(said.join()).not.toContain('sword');
  });

  it('from a command that leaves something running, which holds its streams', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const command = `echo sword; sleep 60 & echo $! > ${pidFile}`;
    expect(await reveal(`cmd:${command}`, { onCommandSays: () => undefined })).toBe('sword');
    process.kill(Number(readFileSync(pidFile, 'utf8')));
  });

  it("leaves a command no standard input: that is the message's", async () => {
    expect(await reveal('cmd:cat; echo done')).toBe('done');
  });
});

describe('a secret that cannot be had', () => {
  it.each([
    ['env:ABSENT', 'no passphrase of acme: ABSENT is not set'],
    ['env:EMPTY', 'no passphrase of acme: EMPTY is empty'],
    ['file:/nowhere/secret', 'no passphrase of acme: /nowhere/secret does not exist'],
    ['cmd:exit 3', 'no passphrase of acme: its command failed with exit code 3'],
    ['cmd:kill -9 $$', 'no passphrase of acme: its command failed with SIGKILL'],
    ['cmd:true', 'no passphrase of acme: the first line that its command printed is empty'],
    [
      'cmd:yes | head -c 100000',
      'no passphrase of acme: its command printed more than 65536 characters',
    ],
  ])('%s fails with exit code 4, the reason and what to do', async (reference, message) => {
    await expect(reveal(reference)).rejects.toMatchObject({
      code: 'passphrase',
      exitCode: 4,
      message,
      hint: expect.any(String) as string,
    });
  });

  it('comes from a command that failed: nothing of what it printed is said', async () => {
    const said: string[] = [];
    const command = 'echo sword; echo "cannot use sword" >&2; exit 3';
    const onCommandSays = (line: string) => said.push(line);
    const error: unknown = await reveal(`cmd:${command}`, { onCommandSays }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'passphrase' });
    expect(inspect(error, { depth: 9 })).not.toContain('sword');
    expect(said).toEqual(['cannot use ***']);
  });

  it.each([0o640, 0o604, 0o660, 0o622])(
    'is in a file of mode %o, which others reach',
    async (mode) => {
      const path = secretFile('swordfish', mode);
      await expect(reveal(`file:${path}`)).rejects.toMatchObject({
        code: 'passphrase',
        hint: `run: chmod 600 ${path}`,
      });
    },
  );

  it('is in a file too large to be one', async () => {
    const path = secretFile('x'.repeat(65_536));
    await expect(reveal(`file:${path}`)).rejects.toThrow('larger than');
  });

  it('comes from a command that gives no answer, which is stopped: a retry may help', async () => {
    const pidFile = join(temporaryDirectory(), 'pid');
    const slow = reveal(`cmd:echo $$ > ${pidFile}; exec sleep 60`, { timeout: 1_000 });
    await expect(slow).rejects.toMatchObject({
      code: 'timeout',
      message: 'the command for the passphrase of acme gave no answer in 1s',
    });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await until('the command has ended', () => !isRunning(pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
