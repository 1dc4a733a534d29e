import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settleStart } from '../../../src/transport/kafka/start-position.js';

const partition = { clusterId: 'c', topic: 't', topicId: 'i', partition: 0 };
const position = fc.option(fc.bigInt({ min: 0n, max: 50n }), { nil: undefined });

test('no record that both positions leave unread is skipped without a notice', () => {
  const facts = fc.record({
    low: fc.bigInt({ min: 0n, max: 40n }),
    size: fc.bigInt({ min: 0n, max: 20n }),
    wanted: position,
    known: position,
  });
  fc.assert(
    fc.property(facts, ({ low, size, wanted, known }) => {
      const bounds = { partition: 0, low, high: low + size };
      const { offset, notices } = settleStart({ partition, bounds, wanted, known });
      expect(offset >= low && offset <= bounds.high).toBe(true);
      const isBeyond = [wanted, known].some((one) => one !== undefined && one > bounds.high);
      for (const one of [wanted, known]) {
        if (one === undefined || one >= offset) continue;
        expect(notices).toMatchObject([{ kind: isBeyond ? 'rewound' : 'gap' }]);
      }
    }),
  );
});

test('a gap reaches from the lower position to what the log still holds', () => {
  const bounds = { partition: 0, low: 10n, high: 20n };
  const { offset, notices } = settleStart({ partition, bounds, wanted: 4n, known: 12n });
  expect(offset).toBe(10n);
  expect(notices).toEqual([{ kind: 'gap', partition, from: 4n, to: 10n }]);
});
