#!/usr/bin/env node
// The compiler that forge calls: solc from npm behind the two options of the native solc that forge uses.
import { readFileSync } from 'node:fs';
import solc from 'solc';

if (process.argv.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8')));
} else {
  console.error('solc-for-forge.js takes --version or --standard-json');
  process.exitCode = 1;
}
