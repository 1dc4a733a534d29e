#!/usr/bin/env node
// Plain JavaScript that every Node can parse: it says what is missing instead of failing on syntax.
'use strict';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [argument, ...others] = process.argv.slice(2);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `msg: error: Node.js ${process.versions.node} is too old\nmsg: hint: install Node.js 20.19 or newer\n`,
  );
  process.exitCode = 2;
} else if (others.length === 0 && (argument === '--version' || argument === '-V')) {
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  const { loadCompiled } = require('./compile-cache.js');
  const { module, keep } = loadCompiled(require.resolve('../dist/main.cjs'));
  void module.main(process).then(keep);
}
