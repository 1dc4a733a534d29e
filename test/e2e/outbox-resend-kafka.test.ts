import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../support/json-lines.js';
import { raiseConsortium, type Consortium } from '../support/consortium.js';
import { hasKafka } from '../support/kafka.js';
import { msg } from '../support/msg.js';

describe.runIf(hasKafka)('a message that is sent again over a real broker', () => {
  let consortium: Consortium;

  beforeAll(async () => {
    consortium = await raiseConsortium('kafka');
    // Bob's stream begins with it: what was made before is never missed.
    await send('first');
    await listen();
  });
  afterAll(async () => {
    await consortium.remove();
  });

  /** Everybody looks at the chain each time. */
  const as = (profile: string, ...args: string[]) =>
    msg(['--profile', profile, ...args], {
      home: consortium.home,
      env: { MSG_BOOK_MAX_AGE: '0s' },
    });
  const ok = async (profile: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await as(profile, ...args);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const send = async (order: string): Promise<string> =>
    (await ok('alice', 'send', 'bob', '--json', JSON.stringify({ order }))).trim();
  const listen = async (): Promise<readonly unknown[]> =>
    jsonLines(await ok('bob', 'listen', '--until-empty', '--json'));
  const resend = (id: string) => as('alice', 'outbox', 'resend', id, '--json');
  const missing = async (): Promise<readonly unknown[]> =>
    jsonLines(await ok('bob', 'message', 'missing', '--json'));

  /** Sends a message that bob never gets to see, and another one, so that bob misses it. */
  const lose = async (order: string): Promise<string> => {
    const lost = await send(order);
    await ok('bob', 'inbox', 'seek', 'latest', '--yes');
    const next = await send(`after ${order}`);
    expect(await listen()).toMatchObject([{ id: next }]);
    expect(await missing()).toMatchObject([{ id: lost, namedBy: next }]);
    return lost;
  };

  it('is delivered once and missing no longer', async () => {
    const lost = await lose('a');
    const again = await resend(lost);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(jsonLines(again.stdout)).toMatchObject([{ id: lost, peer: 'bob', state: 'sent' }]);
    expect(await listen()).toMatchObject([{ id: lost, json: { order: 'a' } }]);
    expect(await missing()).toEqual([]);
    await resend(lost);
    expect(await listen()).toEqual([]);
  });

  it('comes although its recipient has rotated, and not any more once that one is revoked', async () => {
    const lost = await lose('b');
    await consortium.certify('bob', 'next');
    await ok('bob', 'rotate');
    const again = await resend(lost);
    expect(again.code).toBe(0);
    expect(again.stderr).toContain(`${lost} is sealed to a former certificate of bob`);
    expect(await listen()).toMatchObject([{ id: lost, json: { order: 'b' } }]);
    expect(await missing()).toEqual([]);
    await ok('bob', 'revoke', '--index', '0', '--reason', 'superseded', '--yes');
    const refused = await resend(lost);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('sealed to a certificate of bob that was revoked since');
    expect(await listen()).toEqual([]);
  });
});
