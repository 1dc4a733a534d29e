import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import artifact from '../../src/registry/contract/artifact.json' with { type: 'json' };

describe('the checked-in artifact of the directory contract', () => {
  it('is what the sources compile to', { timeout: 60_000 }, () => {
    const check = ['scripts/compile-contract.js', '--check'];
    const { status, stderr } = spawnSync(process.execPath, check, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('runs on chains of the London release', () => {
    expect(artifact.compiler.settings.evmVersion).toBe('london');
  });

  it('fits into the code size that EIP-170 allows', () => {
    expect(artifact.deployed.bytes).toBeLessThanOrEqual(24_576);
    expect(artifact.deployed.bytes).toBeGreaterThan(1000);
  });

  it('depends on no path of the machine that compiled it', () => {
    expect(JSON.stringify(artifact)).not.toContain(process.cwd());
    const code = Buffer.from(artifact.bytecode.slice(2), 'hex');
    expect(code.includes('ipfs')).toBe(false);
    expect(code.includes('solc')).toBe(false);
  });

  it('has every function that writes in the matrix of who may what', () => {
    const matrix = readFileSync('test/registry/solidity/Permissions.t.sol', 'utf8');
    const writes = artifact.abi
      .filter((entry) => entry.type === 'function' && entry.stateMutability === 'nonpayable')
      .map((entry) => entry.name ?? '');
    const tested = writes.filter((name) => matrix.includes(`abi.encodeCall(directory.${name},`));
    const ownRules = ['acceptDefaultAdminTransfer', 'renounceRole'];
    expect(writes.filter((name) => !tested.includes(name)).sort()).toEqual(ownRules);
    expect(tested.length).toBeGreaterThan(25);
  });

  it('takes no ether anywhere', () => {
    const payable = artifact.abi.filter((entry) => entry.stateMutability === 'payable');
    expect(payable).toEqual([]);
  });
});

describe('the compiler that forge calls', () => {
  it('is the one that made the artifact', () => {
    const said = execFileSync(process.execPath, ['scripts/solc-for-forge.js', '--version'], {
      encoding: 'utf8',
    });
    expect(said).toContain(`Version: ${artifact.compiler.version}`);
  });

  it('refuses what forge never asks for', () => {
    const run = spawnSync(process.execPath, ['scripts/solc-for-forge.js'], { encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('takes --version or --standard-json');
  });
});
