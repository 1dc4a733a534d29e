import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The ids of the running processes whose command line names something, such as a directory. */
export function processesNaming(text: string): number[] {
  return execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}

/** Whether a signal has stopped a process (proc_pid_stat(5)): one to go on before that would be lost. */
export function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
