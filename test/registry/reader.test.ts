import { describe, expect, it } from 'vitest';
import { newDirectory, peer, published, ROLE } from './directory.js';

describe('the reader', () => {
  it('says who governs the directory', async () => {
    const directory = await newDirectory();
    const reader = directory.reader();
    const view = await reader.view();
    const has = (role: 'registrar' | 'revoker', index: number): Promise<boolean> =>
      reader.hasRole(role, directory.account(index), view);
    expect(await reader.governance(view)).toEqual({
      ...{ admin: directory.account(ROLE.admin), next: undefined },
      ...{ delay: 60, nextDelay: undefined },
    });
    expect(await has('registrar', ROLE.registrar)).toBe(true);
    expect(await has('revoker', ROLE.revoker)).toBe(true);
    expect(await has('revoker', ROLE.registrar)).toBe(false);
    expect(view.state).toMatchObject({
      openRegistration: false,
      recoveryDelay: 3600,
      frozen: false,
    });
  });

  it('reads one peer with all its versions', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const owner = await directory.writer(ROLE.owner);
    await owner.register(peer('acme'));
    for (let index = 0; index < 9; index += 1) await owner.publish(published(peer('acme'), index));
    const reader = directory.reader();
    const view = await reader.view();
    const [listed] = await reader.peers(view);
    expect(await reader.peer(peer('acme'), view)).toEqual(listed);
    expect(listed?.certificates).toHaveLength(9);
    expect(await reader.peer(peer('globex'), view)).toBeUndefined();
  });

  it('sees a past block as it was', async () => {
    const directory = await newDirectory({ openRegistration: true });
    const reader = directory.reader();
    const before = await reader.view();
    await (await directory.writer(ROLE.owner)).register(peer('acme'));
    expect(await reader.peers(before)).toEqual([]);
    expect(await reader.peers(await reader.view())).toHaveLength(1);
  });
});
