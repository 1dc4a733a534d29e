import { execFileSync } from 'node:child_process';

/** The ids of the running processes whose command line names something, such as a directory. */
export function processesNaming(text: string): number[] {
  return execFileSync('ps', ['-ww', '-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}
