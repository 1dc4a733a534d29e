import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseSandbox, type Sandbox } from '../support/sandbox.js';
import { canMount, onSmallDisk } from '../support/small-disk.js';

const isPossible = canMount();
if (!isPossible && process.env['CI'] === 'true') {
  throw new Error('the suite needs to mount a tmpfs (unshare)');
}
if (!isPossible) console.warn('test/e2e/disk-full skipped: no file system can be mounted here');

/** Polls for a text in a file, at most a minute long. */
const WAIT_FOR = `wait_for() {
  tries=0
  until grep -q "$1" "$2"; do
    tries=$((tries + 1)); [ $tries -lt 600 ] || exit 9
    sleep 0.1
  done
}`;

describe.runIf(isPossible)('a full disk', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await raiseSandbox();
  });
  afterAll(async () => {
    await sandbox.remove();
  });

  const env = (): Record<string, string> => ({
    MSG_HOME: sandbox.home,
    MSG: `${process.execPath} bin/msg.js`,
  });

  it('below standard output does not make a message look as if it had not been sent', async () => {
    const line = '$MSG -p alice send bob --json 1 > /dev/full';
    const { status, stderr } = spawnSync('sh', ['-c', line], {
      ...{ env: { ...process.env, ...env() }, encoding: 'utf8' },
    });
    const { stdout } = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    const [message] = jsonLines(stdout);
    expect([status, stderr]).toEqual([
      0,
      `msg: warning: ${String(message?.['id'])} is sent, which could not be written: no space left for the output\n`,
    ]);
  });

  it.each([
    ["printf '1\\n2\\n' | $MSG -p alice send bob --ndjson", 2],
    ['$MSG -p alice send bob --json 1 --wait received --timeout 1s --format json', 1],
  ])('nor those of %s', async (command, messages) => {
    const run = (output: string) =>
      spawnSync('sh', ['-c', `${command} > ${output}`], {
        ...{ env: { ...process.env, ...env() }, encoding: 'utf8' },
      });
    const [full, empty] = [run('/dev/full'), run('/dev/null')];
    expect(full.status).toBe(empty.status);
    expect(full.stderr).toContain('be written: no space left for the output');
    const { stdout } = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(stdout)).toHaveLength(2 * messages);
  });

  it('below --out makes messages wait, with a warning, and nothing is lost', async () => {
    const bytes = randomBytes(300_000);
    await writeFile(join(sandbox.files, 'scan.bin'), bytes);
    const sent = await sandbox.as('alice', ['send', 'bob', join(sandbox.files, 'scan.bin')]);
    expect(sent.code).toBe(0);
    const directory = join(sandbox.home, 'small');
    await mkdir(directory);
    const script = `${WAIT_FOR}
      head -c 400000 /dev/zero > "$DISK/ballast"
      LISTEN="$MSG --profile bob listen --out $DISK"
      $LISTEN --until-empty 2> "$MSG_HOME/until-empty"; echo "code $?"
      ls -A "$DISK"
      $LISTEN -n 1 > "$MSG_HOME/line" 2> "$MSG_HOME/patient" &
      wait_for 'no space left' "$MSG_HOME/patient"
      rm "$DISK/ballast"
      wait $!; echo "code $?"
      ls -A "$DISK"
      sha256sum < "$DISK/scan.bin"`;
    const output = await onSmallDisk(script, { directory, size: 524_288, env: env() });
    const hash = createHash('sha256').update(bytes).digest('hex');
    expect(output.trim().split('\n')).toEqual([
      ...['code 75', 'ballast', 'code 0', 'scan.bin', `${hash}  -`],
    ]);
    const done = await sandbox.as('bob', ['message', 'show', sent.stdout.trim(), '--json']);
    expect(jsonLines(done.stdout)).toMatchObject([{ state: 'done' }]);
  });

  it('below the ledger makes send fail as temporary, with nothing sent and nothing kept', async () => {
    const directory = join(sandbox.home, 'state', 'alice');
    await mkdir(directory, { recursive: true });
    const script = `
      $MSG --profile alice send bob --json '{"n":1}' > /dev/null; echo "code $?"
      head -c 100000000 /dev/zero > "$DISK/ballast" 2> /dev/null
      head -c 20000 /dev/urandom | $MSG --profile alice send bob - 2>&1; echo "code $?"
      rm "$DISK/ballast"
      $MSG --profile alice send bob --json '{"n":2}' > /dev/null; echo "code $?"
      $MSG --profile alice message list --json | wc -l`;
    const output = await onSmallDisk(script, { directory, size: 4_194_304, env: env() });
    const [first, error, hint, ...rest] = output.trim().split('\n');
    expect(first).toBe('code 0');
    expect(error).toMatch(/^msg: error: cannot write the ledger /);
    expect(hint).toMatch(/^msg: hint: free space on the disk/);
    expect(rest).toEqual(['code 75', 'code 0', '2']);
    const got = await sandbox.as('bob', ['listen', '--until-empty', '--json']);
    expect(jsonLines(got.stdout)).toMatchObject([{ json: { n: 1 } }, { json: { n: 2 } }]);
  });
});
