import { expect, test, vi } from 'vitest';

test('an unknown outcome is recognised by another copy of the class, as the parts of the program have', async () => {
  const load = () => import('../../src/transport/port.js');
  const { PublishOutcomeUnknown: thrown } = await load();
  vi.resetModules();
  const { PublishOutcomeUnknown: known } = await load();
  expect(known).not.toBe(thrown);
  expect(new thrown('no answer')).toBeInstanceOf(known);
  expect(new Error('no answer')).not.toBeInstanceOf(known);
});
