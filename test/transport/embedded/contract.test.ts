import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../../../src/transport/embedded/embedded-log.js';
import { LogFile } from '../../../src/transport/embedded/log-file.js';
import type { Transport } from '../../../src/transport/port.js';
import { describeTransportContract, type TransportFixture } from '../contract.js';

describeTransportContract('the embedded log', () => {
  const directory = mkdtempSync(join(tmpdir(), 'msg-log-'));
  const path = join(directory, 'log.db');
  const open = (): Transport => openEmbeddedLog({ path, clock: Date.now, random: randomBytes });

  const fixture: TransportFixture = {
    open: () => Promise.resolve(open()),
    recreateTopic: async (spec) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
      const transport = open();
      await transport.ensureTopic(spec);
      await transport.close();
    },
    dropBefore: (topic, partition, offset) => {
      const file = new LogFile({ path, random: randomBytes });
      const at = file.store().topic(topic).partitions[partition];
      if (at !== undefined) file.store().dropBefore(at, offset);
      file.close();
      return Promise.resolve();
    },
    close: () => {
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
  return Promise.resolve(fixture);
});
