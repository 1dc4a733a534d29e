import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newHome } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const UNITS = resolve('examples/systemd');
const names = readdirSync(UNITS);
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const itWithSystemd = hasAnalyze || process.env['CI'] === 'true' ? it : it.skip;

/** The command lines of msg in a file, as a shell would split them. */
function commandsIn(text: string): readonly string[][] {
  return [...text.matchAll(/\/usr\/bin\/msg (.*?)(?: >\/dev\/null)?$/gm)].map(([, line = '']) =>
    line.replaceAll('%i', 'acme').replaceAll('%d', '/run/credentials').split(' '),
  );
}

describe('the examples for systemd and cron', () => {
  itWithSystemd('leave systemd nothing to say', () => {
    const directory = temporaryDirectory();
    for (const name of names) {
      const text = readFileSync(join(UNITS, name), 'utf8');
      writeFileSync(join(directory, name), text.replaceAll('/usr/bin/msg', resolve('bin/msg.js')));
    }
    const instances = names.map((name) => join(directory, name.replace('@.', '@acme.')));
    for (const [index, name] of names.entries()) {
      const path = instances[index] ?? '';
      writeFileSync(path, readFileSync(join(directory, name)));
    }
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', ...instances], {
      encoding: 'utf8',
    });
    expect({
      status,
      stderr: stderr.split('\n').filter((line) => line.includes(directory)),
    }).toEqual({
      status: 0,
      stderr: [],
    });
  });

  it.each([...names.map((name) => join(UNITS, name)), resolve('examples/cron/msg-renew')])(
    'call msg as it is: %s',
    async (path) => {
      for (const args of commandsIn(readFileSync(path, 'utf8'))) {
        const { code, stderr } = await newHome().run(args);
        expect(stderr).toContain('no profile "acme"');
        expect(code).toBe(2);
      }
    },
  );
});
