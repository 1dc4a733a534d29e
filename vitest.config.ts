import { defineConfig } from 'vitest/config';
import { WaitingFirst } from './test/support/waiting-first.js';

const shared = {
  testTimeout: 30_000,
  hookTimeout: 180_000,
  // Real brokers, chains and terminals on a shared machine: a test may stumble once, and says so.
  retry: process.env['CI'] === 'true' ? 1 : 0,
};

export default defineConfig({
  test: {
    // One more than the continuous integration has cores: a good quarter of the time is waiting.
    maxWorkers: 3,
    sequence: { sequencer: WaitingFirst },
    globalSetup: ['test/support/kafka-global.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'rooms',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
        },
      },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/build-once.ts'],
          testTimeout: 120_000,
        },
      },
    ],
  },
});
