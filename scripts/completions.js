// Writes completions/ from the command tree of the program in dist/, which it builds first. With
// --check it writes nothing and exits 1 when a script is not what the command tree asks for.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const FILES = {
  bash: 'completions/msg.bash',
  zsh: 'completions/_msg',
  fish: 'completions/msg.fish',
};

const node = (...args) => execFileSync(process.execPath, args, { encoding: 'utf8' });

node('scripts/build.js', '--no-types');
mkdirSync('completions', { recursive: true });
for (const [shell, file] of Object.entries(FILES)) {
  const script = node('bin/msg.js', 'completion', shell);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, script);
  } else if (script !== read(file)) {
    console.error(`${file} is not what the command tree asks for: run npm run completions:write`);
    process.exitCode = 1;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
