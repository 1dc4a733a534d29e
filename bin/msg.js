#!/usr/bin/env node
// Plain JavaScript that every Node can parse: it says what is missing instead of failing on syntax.
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `msg: error: Node.js ${process.versions.node} is too old\nmsg: hint: install Node.js 20.19 or newer\n`,
  );
  process.exitCode = 2;
} else {
  module.enableCompileCache?.();
  const { start } = await import('../dist/start.js');
  await start(process);
}
