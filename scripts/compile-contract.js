// Compiles the directory contract into src/registry/contract/artifact.json, which is checked in.
// With --check it writes nothing and exits 1 when the artifact is not what the sources compile to.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { keccak_256 } from '@noble/hashes/sha3';
import solc from 'solc';

const FOLDER = 'src/registry/contract';
const MAIN = `${FOLDER}/PeerDirectory.sol`;
const ARTIFACT = new URL(`../${FOLDER}/artifact.json`, import.meta.url);

// London, so that older enterprise chains run the code (no PUSH0). Without metadata the code depends on
// the sources' meaning alone, and with its only settings in storage, every directory has the same code.
const settings = {
  evmVersion: 'london',
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: 'none', appendCBOR: false },
};

const artifact = `${JSON.stringify(compile(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(ARTIFACT, artifact);
} else if (artifact !== readArtifact()) {
  console.error(
    `${FOLDER}/artifact.json is not what the sources compile to: run npm run contract:compile`,
  );
  process.exitCode = 1;
}

function compile() {
  const input = {
    language: 'Solidity',
    sources: { [MAIN]: { content: readSource(MAIN) } },
    settings: {
      ...settings,
      outputSelection: {
        [MAIN]: { PeerDirectory: ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] },
      },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: resolveImport }));
  const problems = output.errors ?? [];
  if (problems.length > 0) throw new Error(problems.map((one) => one.formattedMessage).join('\n'));
  const { abi, evm } = output.contracts[MAIN].PeerDirectory;
  const deployed = Buffer.from(evm.deployedBytecode.object, 'hex');
  return {
    contract: 'PeerDirectory',
    compiler: { name: 'solc', version: solc.version(), settings },
    deployed: { bytes: deployed.length, keccak256: hex(keccak_256(deployed)) },
    bytecode: `0x${evm.bytecode.object}`,
    abi,
  };
}

function resolveImport(path) {
  try {
    return { contents: readSource(path) };
  } catch (error) {
    return { error: error.message };
  }
}

function readSource(path) {
  const file = path.startsWith('@')
    ? createRequire(import.meta.url).resolve(path)
    : new URL(`../${path}`, import.meta.url);
  return readFileSync(file, 'utf8');
}

function readArtifact() {
  try {
    return readFileSync(ARTIFACT, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function hex(bytes) {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
