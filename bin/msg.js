#!/usr/bin/env node
// Plain JavaScript that every Node can parse: it says what is missing instead of failing on syntax.
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [argument, ...others] = process.argv.slice(2);
const program = join(__dirname, '..', 'dist', 'main.cjs');

if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`Node.js ${process.versions.node} is too old`, 'install Node.js 20.19 or newer');
} else if (others.length === 0 && (argument === '--version' || argument === '-V')) {
  process.stdout.write(`${require('../package.json').version}\n`);
} else if (!existsSync(program)) {
  refuse(
    'this copy of msg has not been built',
    'run "npm ci", or "npm run build", in its directory',
  );
} else {
  const { loadCompiled } = require('./compile-cache.js');
  const { module, keep } = loadCompiled(program);
  // What ran is closed and written by then; to tear down the heap would take milliseconds for nothing.
  void module
    .main(process)
    .then(keep)
    .then(() => process.exit());
}

function refuse(error, hint) {
  process.stderr.write(`msg: error: ${error}\nmsg: hint: ${hint}\n`);
  process.exitCode = 2;
}
