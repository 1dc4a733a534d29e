import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPeer } from '../../src/session/peer.js';
import type { ReceivedMessage } from '../../src/session/received-message.js';
import { ACCOUNT, raiseConsortium, type Consortium } from '../support/consortium.js';

const MAX_AGE = 60_000;

interface Version {
  readonly index: number;
  readonly fingerprint: string;
  readonly publishedAt: string;
}

describe('msg rotate', () => {
  let consortium: Consortium;

  const versions = async (): Promise<readonly Version[]> => {
    const shown = await consortium.ok('carol', ['peer', 'show', 'carol', '--json', '--refresh']);
    return (JSON.parse(shown) as { readonly certificates: readonly Version[] }).certificates;
  };
  /** Sets the clock so many milliseconds after the newest version was published. */
  const afterNewest = async (milliseconds: number): Promise<void> => {
    const { publishedAt = '' } = (await versions()).at(-1) ?? {};
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(publishedAt) + milliseconds });
  };
  /** Which of carol's versions signs what she sends now, as alice sees it. */
  const signer = async (): Promise<number | undefined> => {
    await consortium.ok('carol', ['send', 'alice', '--json', '{}']);
    const peer = openPeer({ profile: 'alice', env: { MSG_HOME: consortium.home } });
    const messages: ReceivedMessage[] = [];
    await peer.listen((message) => void messages.push(message), { untilEmpty: true });
    await peer.close();
    expect(messages).toHaveLength(1);
    const fingerprint = messages[0]?.signer;
    return (await versions()).find((one) => one.fingerprint === fingerprint)?.index;
  };

  /** Label, version and use of the certified keys, as `msg identity show` lists them. */
  const keysInUse = async (): Promise<readonly (readonly string[])[]> =>
    (await consortium.ok('carol', ['identity', 'show']))
      .split('\n')
      .map((line) => line.split('\t'))
      .filter(([, status]) => status === 'active')
      .map(([label = '', , version = '', use = '']) => [label, version, use]);

  beforeAll(async () => {
    consortium = await raiseConsortium();
    consortium.addProfile('carol', ACCOUNT.carol);
    await consortium.certify('carol', 'one');
    const owner = consortium.account(ACCOUNT.carol);
    await consortium.ok('registrar', ['registry', 'admit', 'carol', '--owner', owner]);
    await consortium.ok('carol', ['register']);
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => {
    await consortium.remove();
  });

  it('has nothing to do where no key of the store could follow', async () => {
    await consortium.ok('carol', ['identity', 'create', '--label', 'uncertified']);
    const idle = await consortium.as('carol', ['rotate']);
    expect(idle).toMatchObject({ code: 0, stdout: '' });
    expect(idle.stderr).toContain('already registered: the key one is version 0 of carol');
  });

  it('finds the key that is to follow, and leaves the signing to the former one for now', async () => {
    await consortium.certify('carol', 'two');
    const rotated = await consortium.as('carol', ['rotate']);
    expect(rotated.code).toBe(0);
    expect(rotated.stderr).toMatch(/the key two signs in \S+, when every peer knows it/);
    expect(rotated.stderr).toContain('until then one does');
    expect(await keysInUse()).toEqual([
      ['one', '0', 'signs, opens'],
      ['two', '1', expect.stringMatching(/^opens, signs from \d{4}-/)],
    ]);
    await afterNewest(MAX_AGE - 1);
    expect(await signer()).toBe(0);
    await afterNewest(MAX_AGE);
    expect(await signer()).toBe(1);
    expect(await keysInUse()).toEqual([
      ['one', '0', 'opens'],
      ['two', '1', 'signs, opens'],
    ]);
  });

  it('does not let a key be retired while messages can be under way under it', async () => {
    const retire = () => consortium.as('carol', ['identity', 'retire', 'one']);
    await afterNewest(MAX_AGE - 1);
    const signing = await retire();
    expect(signing).toMatchObject({ code: 2, stdout: '' });
    expect(signing.stderr).toContain('the key one signs until every peer knows the one');
    await afterNewest(MAX_AGE);
    const sealed = await retire();
    expect(sealed).toMatchObject({ code: 2, stdout: '' });
    expect(sealed.stderr).toMatch(/peers may seal messages to the key one until \d{4}-/);
  });

  it('asks which of several keys is to follow', async () => {
    await consortium.certify('carol', 'three');
    await consortium.certify('carol', 'four');
    const torn = await consortium.as('carol', ['rotate']);
    expect(torn).toMatchObject({ code: 2, stdout: '' });
    expect(torn.stderr).toContain('several keys could be the next: four, three');
    expect(torn.stderr).toContain('--label');
  });

  it('is completed by the directory where it was cut short before the choice', async () => {
    await consortium.ok('carol', ['rotate', '--label', 'three']);
    await consortium.ok('carol', ['identity', 'use', 'two']);
    // Which of the two former ones signs until then depends on how far apart their blocks were.
    await afterNewest(MAX_AGE - 1);
    expect(await signer()).not.toBe(2);
    await afterNewest(MAX_AGE);
    expect(await signer()).toBe(2);
  });

  it('lets the new key sign at once where the former one was revoked', async () => {
    await consortium.ok('carol', ['revoke', '--reason', 'keyCompromise', '--yes']);
    const rotated = await consortium.as('carol', ['rotate']);
    expect(rotated.stderr).toContain('the key four signs from now on');
    expect(await signer()).toBe(3);
  });

  it('lets a key be retired when nothing can be under way any more, or by force', async () => {
    const newest = (await versions()).at(-1)?.index;
    const keys = await keysInUse();
    const label = keys.find(([, version]) => version === String(newest))?.[0] ?? '';
    const forced = await consortium.as('carol', ['identity', 'retire', label, '--force']);
    expect(forced.stderr).toContain('choose another one first');
    await afterNewest(25 * 3_600_000);
    const retired = await consortium.as('carol', ['identity', 'retire', 'one']);
    expect(retired).toMatchObject({ code: 0 });
    expect(retired.stderr).toContain('the key one is retired');
  });
});
