import { expect, test } from 'vitest';
import { ReadAhead } from '../../../src/transport/kafka/read-ahead.js';
import { newGate } from '../../support/gate.js';

interface Step {
  readonly name: string;
  readonly happens: Promise<void>;
}

/** A reader with a diary: `begin` starts a batch that is handled and committed when its gates open. */
function newDiary() {
  const diary: string[] = [];
  const failures: unknown[] = [];
  const ahead = new ReadAhead((error) => failures.push(error));
  const step = async ({ name, happens }: Step): Promise<void> => {
    diary.push(`${name} begins`);
    await happens;
    diary.push(`${name} ends`);
  };
  const begin = (name: string, handled: Promise<void>, committed = Promise.resolve()): void => {
    ahead.begin(0, {
      handle: () => step({ name: `handling ${name}`, happens: handled }),
      commit: () => step({ name: `committing ${name}`, happens: committed }),
    });
  };
  return { ahead, diary, failures, begin };
}

test('a batch is handled in the background, and the next one waits for it', async () => {
  const { ahead, diary, begin } = newDiary();
  const handled = newGate();
  begin('a', handled.opened);
  const turn = ahead.turn(0).then(() => diary.push('the turn of b'));
  await ahead.turn(1);
  expect(diary).toEqual(['handling a begins']);
  handled.open();
  await turn;
  await ahead.settled();
  expect(diary.slice(1, 3)).toEqual(['handling a ends', 'committing a begins']);
  expect(diary).toContain('the turn of b');
  expect(ahead.isBusy).toBe(false);
});

test('it is known whether records are being handled, or the broker only hears of them', async () => {
  const { ahead, begin } = newDiary();
  const [handled, committed] = [newGate(), newGate()];
  begin('a', handled.opened, committed.opened);
  expect(ahead).toMatchObject({ isBusy: true, isHandling: true });
  handled.open();
  await ahead.turn(0);
  expect(ahead).toMatchObject({ isBusy: true, isHandling: false });
  committed.open();
  await ahead.settled();
  expect(ahead).toMatchObject({ isBusy: false, isHandling: false });
});

test('a batch is handled while the one before it is committed, and committed after it', async () => {
  const { ahead, diary, begin } = newDiary();
  const committed = newGate();
  begin('a', Promise.resolve(), committed.opened);
  await ahead.turn(0);
  begin('b', Promise.resolve());
  const turn = ahead.turn(0).then(() => diary.push('the turn of c'));
  await expect.poll(() => diary).toContain('handling b ends');
  expect(diary).not.toContain('committing b begins');
  expect(diary).not.toContain('the turn of c');
  committed.open();
  await turn;
  await ahead.settled();
  expect(diary.indexOf('committing b begins')).toBeGreaterThan(diary.indexOf('committing a ends'));
});

test('a batch that was not handled is not committed, and whoever began it is told', async () => {
  const { ahead, diary, failures, begin } = newDiary();
  const failure = new Error('no space left');
  begin('a', Promise.reject(failure));
  await ahead.settled();
  expect(failures).toEqual([failure]);
  expect(diary).toEqual(['handling a begins']);
  await ahead.turn(0);
});

test('behind a batch that was not handled none is begun, in no partition', async () => {
  const { ahead, diary, begin } = newDiary();
  begin('a', Promise.reject(new Error('no space left')));
  await ahead.turn(0);
  begin('b', Promise.resolve());
  await ahead.turn(1);
  ahead.begin(1, {
    handle: () => Promise.reject(new Error('begun')),
    commit: () => Promise.resolve(),
  });
  await ahead.settled();
  expect(diary).toEqual(['handling a begins']);
});
