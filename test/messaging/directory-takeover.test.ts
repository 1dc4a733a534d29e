import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectorySink } from '../../src/messaging/directory-sink.js';
import { filePayload } from '../../src/messaging/payload.js';
import { LaneLost, type IncomingDelivery } from '../../src/messaging/sink.js';
import { newGate } from '../support/gate.js';
import { deliveryOf, headerOf } from '../support/messages.js';
import { until } from '../support/until.js';

const payload = Buffer.from('the quarterly figures');
const header = headerOf({ name: 'report.pdf', size: payload.length });

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'msg-sink-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe.each(['memory', 'file'] as const)(
  'two processes that deliver one message (payload in %s)',
  (place) => {
    let spool: string;
    let out: string;

    beforeEach(async () => {
      spool = join(directory, 'spool');
      out = join(directory, 'out');
      await mkdir(out);
      await writeFile(spool, payload, { mode: 0o600 });
    });

    function delivery(changes: Partial<IncomingDelivery>) {
      const content = place === 'file' ? { payload: filePayload(spool, payload.length) } : {};
      return deliveryOf(payload, { header, ...content, ...changes });
    }

    it('leave one file when the first is stopped before it gives the name, and goes on later', async () => {
      const gate = newGate();
      const first = delivery({});
      const note = async (text: string): Promise<void> => {
        await first.note(text);
        await gate.opened;
      };
      const stopped = new DirectorySink(out).deliver({ ...first, note });
      await until('it has noted the name', () => first.notes.length === 1);
      const second = delivery({ attempt: 2, sinkNote: first.notes[0] });
      const { file } = await new DirectorySink(out).deliver(second);
      gate.open();
      await expect(stopped).rejects.toMatchObject({ code: 'sink-unavailable' });
      expect(file).toBe(join(out, 'report.pdf'));
      expect(await readdir(out)).toEqual(['report.pdf']);
      expect(await readFile(join(out, 'report.pdf'))).toEqual(payload);
    });

    it('leave one file when the first is stopped before its note, which then fails', async () => {
      const gate = newGate();
      let isThere = false;
      const note = async (): Promise<void> => {
        isThere = true;
        await gate.opened;
        throw new LaneLost();
      };
      const stopped = new DirectorySink(out).deliver(delivery({ note }));
      await until('it is about to note', () => isThere);
      await new DirectorySink(out).deliver(delivery({ attempt: 2 }));
      gate.open();
      await expect(stopped).rejects.toBeInstanceOf(LaneLost);
      expect(await readdir(out)).toEqual(['report.pdf']);
    });

    it('leave one file when the second takes over after the name was given', async () => {
      const first = delivery({});
      await new DirectorySink(out).deliver(first);
      const second = delivery({ attempt: 2, sinkNote: first.notes[0] });
      expect(await new DirectorySink(out).deliver(second)).toEqual({
        file: join(out, 'report.pdf'),
      });
      expect(await readdir(out)).toEqual(['report.pdf']);
    });

    it('are not misled by what an attempt before them has left', async () => {
      const left = async (attempt: number): Promise<void> => {
        const path = join(out, `.alice.${header.id}.${attempt}.part`);
        await (place === 'file' ? link(spool, path) : writeFile(path, payload));
      };
      await left(1);
      await left(2);
      const sinkNote = `2 ${join(out, 'report.pdf')}`;
      const third = delivery({ attempt: 3, sinkNote });
      await new DirectorySink(out).deliver(third);
      expect(await readdir(out)).toEqual(['report.pdf']);
      await rm(join(out, 'report.pdf'));
      await left(1);
      await new DirectorySink(out).deliver(delivery({ attempt: 4, sinkNote }));
      expect(await readdir(out)).toEqual([]);
    });

    it('lose nothing when the second is killed at any of its notes', async () => {
      for (const fatal of [1, 2, 3]) {
        const path = join(out, `.alice.${header.id}.1.part`);
        await (place === 'file' ? link(spool, path) : writeFile(path, payload));
        let note = `1 ${join(out, 'report.pdf')}`;
        const killed = delivery({
          attempt: 2,
          sinkNote: note,
          note: countdown(fatal, (text) => (note = text)),
        });
        await expect(new DirectorySink(out).deliver(killed)).rejects.toThrow('killed');
        await new DirectorySink(out).deliver(delivery({ attempt: 3, sinkNote: note }));
        expect(await readdir(out)).toEqual(['report.pdf']);
        await rm(join(out, 'report.pdf'));
      }
    });
  },
);

/** Keeps notes until the fatal one has been kept: there the process ends. */
function countdown(fatal: number, keep: (text: string) => void): IncomingDelivery['note'] {
  let count = 0;
  return (text) => {
    keep(text);
    count += 1;
    return count === fatal ? Promise.reject(new Error('killed')) : Promise.resolve();
  };
}
