import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { claimPort } from '../../src/sandbox/port.js';

test('no port is given twice, though nobody listens there yet', async () => {
  const wanted = await claimPort(0);
  expect(await claimPort(wanted)).toBe(wanted);
  const ports = [wanted];
  // The system gives one again within some two hundred.
  for (let count = 0; count < 1_000; count += 1) ports.push(await claimPort(0));
  expect(new Set(ports).size).toBe(ports.length);
});

test('a port that is taken is told', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(claimPort(port)).rejects.toMatchObject({
    code: 'config',
    message: `cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
  });
});
