import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Connection } from '../../src/sqlite/connection.js';
import { GroupCommit } from '../../src/sqlite/group-commit.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** A group whose disk answers when it is told to. */
function onDisk() {
  const path = join(temporaryDirectory(), 'file.db');
  writeFileSync(`${path}-wal`, '');
  const asked: PromiseWithResolvers[] = [];
  const group = new GroupCommit(path, 'the file', () => {
    const answer = withResolvers();
    asked.push(answer);
    return answer.promise;
  });
  return { group, asked };
}

type PromiseWithResolvers = ReturnType<typeof withResolvers>;

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  test('needs no disk where nothing was committed', async () => {
    const { group, asked } = onDisk();
    await group.reached();
    expect(asked).toEqual([]);
    group.close();
  });

  test('serves everybody who has committed before it with one sync', async () => {
    const { group, asked } = onDisk();
    for (let count = 0; count < 3; count++) group.note();
    const all = Promise.all([group.reached(), group.reached(), group.reached()]);
    asked[0]?.resolve();
    await all;
    expect(asked).toHaveLength(1);
    group.close();
  });

  test('lets nobody go on before a sync that began after the commit has ended', async () => {
    const steps = fc.array(fc.constantFrom('commit', 'sync'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const { group, asked } = onDisk();
        /** Of each commit: how many syncs had been asked for, and whether it was told that it is there. */
        const commits: { readonly before: number; isTold: boolean }[] = [];
        let ended = 0;
        for (const step of [...script, ...script.map(() => 'sync')]) {
          if (step === 'commit') {
            const commit = { before: asked.length, isTold: false };
            commits.push(commit);
            group.note();
            void group.reached().then(() => (commit.isTold = true));
          } else if (ended < asked.length) asked[ended++]?.resolve();
          await turn();
          const early = commits.filter(({ before, isTold }) => isTold && ended <= before);
          expect(early).toEqual([]);
        }
        expect(commits.filter(({ isTold }) => !isTold)).toEqual([]);
        expect(asked.length).toBeLessThanOrEqual(commits.length);
        group.close();
      }),
    );
  });

  test('trusts the disk no more once that has failed, also if it then says that all is well', async () => {
    const { group, asked } = onDisk();
    group.note();
    const first = group.reached();
    asked[0]?.reject(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }));
    await expect(first).rejects.toMatchObject({
      code: 'config',
      message: 'the disk did not confirm what was written to the file: EIO: i/o error, fdatasync',
    });
    group.note();
    await expect(group.reached()).rejects.toMatchObject({ code: 'config' });
    expect(asked).toHaveLength(1);
    group.close();
  });
});

test('a connection with a group commit keeps everything for the next one', async () => {
  const path = join(temporaryDirectory(), 'real.db');
  const names = { what: 'the file', busy: 'ledger-busy' } as const;
  const connection = new Connection({ path, ...names, groupCommit: true });
  connection.exec('CREATE TABLE t (a INTEGER)');
  for (let value = 0; value < 10; value++) connection.run('INSERT INTO t VALUES (?)', value);
  expect(connection.get('PRAGMA synchronous')?.integer('synchronous')).toBe(1);
  await connection.durable();
  connection.close();
  const next = new Connection({ path, ...names });
  expect(next.get('SELECT count(*) AS count FROM t')?.integer('count')).toBe(10);
  expect(next.get('PRAGMA synchronous')?.integer('synchronous')).toBe(2);
  next.close();
});
