// Publishes small batches until it is killed, and prints each batch once it is acknowledged.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { openEmbeddedLog } from '../../../../src/transport/embedded/embedded-log.js';

const [path = '', topic = '', name = ''] = process.argv.slice(2);
const transport = openEmbeddedLog({ path, clock: Date.now, random: randomBytes });

for (let n = 0; ; n++) {
  const values = Array.from({ length: 1 + (n % 3) }, (_, index) => `${name}:${n}:${index}`);
  const { baseOffset } = await transport.publish(
    topic,
    0,
    values.map((value) => ({ key: name, value: Buffer.from(value), headers: {} })),
  );
  writeSync(1, `${JSON.stringify({ offset: String(baseOffset), values })}\n`);
}
