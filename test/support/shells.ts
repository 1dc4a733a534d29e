import { spawnSync } from 'node:child_process';

/** Whether a shell is there. With CI it has to be. */
export function hasShell(name: 'bash' | 'zsh' | 'fish'): boolean {
  const found = spawnSync(name, ['-c', 'exit 0']).status === 0;
  if (!found && process.env['CI'] === 'true') throw new Error(`${name} is missing`);
  if (!found) console.warn(`skipped: completion in ${name}, which is not installed`);
  return found;
}
