import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DirectorySink } from '../../src/messaging/directory-sink.js';
import { filePayload } from '../../src/messaging/payload.js';
import type { IncomingDelivery } from '../../src/messaging/sink.js';
import { deliveryOf, headerOf } from '../support/messages.js';

const payload = Buffer.from('the quarterly figures');
const header = headerOf({ name: 'report.pdf', size: payload.length });
const temporaryName = `.alice.${header.id}.1.part`;
const noted = (...path: string[]): string => `1 ${join(...path)}`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'msg-sink-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('the directory sink', () => {
  it('writes the payload under the name of the sender, readable by the owner only', async () => {
    const { file } = await new DirectorySink(directory).deliver(deliveryOf(payload, { header }));
    expect(file).toBe(join(directory, 'report.pdf'));
    expect(await readFile(join(directory, 'report.pdf'))).toEqual(payload);
    expect((await stat(join(directory, 'report.pdf'))).mode & 0o777).toBe(0o600);
  });

  it('leaves no temporary file', async () => {
    await new DirectorySink(directory).deliver(deliveryOf(payload, { header }));
    expect(await readdir(directory)).toEqual(['report.pdf']);
  });

  it('notes the final name before the file has it', async () => {
    const delivery = deliveryOf(payload, { header });
    const seen: string[][] = [];
    const note = async (text: string): Promise<void> => {
      seen.push([text, ...(await readdir(directory))]);
    };
    await new DirectorySink(directory).deliver({ ...delivery, note });
    expect(seen).toEqual([[noted(directory, 'report.pdf'), temporaryName]]);
  });

  it('never overwrites what is there', async () => {
    await writeFile(join(directory, 'report.pdf'), 'mine');
    const { file } = await new DirectorySink(directory).deliver(deliveryOf(payload, { header }));
    expect(file).toBe(join(directory, 'report-2.pdf'));
    expect(await readFile(join(directory, 'report.pdf'), 'utf8')).toBe('mine');
  });

  it('takes another name when one appears between the look and the link', async () => {
    const delivery = deliveryOf(payload, { header });
    const note = async (text: string): Promise<void> => {
      if (basename(text) === 'report.pdf')
        await writeFile(join(directory, 'report.pdf'), 'quicker');
    };
    const { file } = await new DirectorySink(directory).deliver({ ...delivery, note });
    expect(file).toBe(join(directory, 'report-2.pdf'));
  });

  it('writes anew after a crash before the link', async () => {
    await writeFile(join(directory, temporaryName), 'half');
    const again = deliveryOf(payload, {
      header,
      attempt: 2,
      sinkNote: noted(directory, 'report.pdf'),
    });
    await new DirectorySink(directory).deliver(again);
    expect(await readdir(directory)).toEqual(['report.pdf']);
    expect(await readFile(join(directory, 'report.pdf'))).toEqual(payload);
  });

  it('delivers nothing twice after a crash behind the link', async () => {
    await writeFile(join(directory, temporaryName), payload);
    await link(join(directory, temporaryName), join(directory, 'report.pdf'));
    const again = deliveryOf(payload, {
      header,
      attempt: 2,
      sinkNote: noted(directory, 'report.pdf'),
    });
    const { file } = await new DirectorySink(directory).deliver(again);
    expect(file).toBe(join(directory, 'report.pdf'));
    expect(await readdir(directory)).toEqual(['report.pdf']);
  });

  it('delivers nothing twice when the file was taken away before the recovery', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'msg-taken-'));
    await writeFile(join(directory, 'report.pdf'), payload);
    await rename(join(directory, 'report.pdf'), join(elsewhere, 'report.pdf'));
    const again = deliveryOf(payload, {
      header,
      attempt: 2,
      sinkNote: noted(directory, 'report.pdf'),
    });
    await new DirectorySink(directory).deliver(again);
    expect(await readdir(directory)).toEqual([]);
    await rm(elsewhere, { recursive: true });
  });

  it('forgets the note before it writes again, so that a failed attempt is never taken for a delivery', async () => {
    await writeFile(join(directory, temporaryName), payload);
    const again = deliveryOf(payload, {
      header,
      attempt: 2,
      sinkNote: noted(directory, 'report.pdf'),
    });
    await new DirectorySink(directory).deliver(again);
    const path = join(directory, 'report.pdf');
    expect(again.notes).toEqual([`1,2 ${path}`, '', `2 ${path}`]);
  });

  it('looks for an earlier attempt where that one had written, not where it writes now', async () => {
    const other = join(directory, 'other');
    const again = deliveryOf(payload, {
      header,
      attempt: 2,
      sinkNote: noted(directory, 'report.pdf'),
    });
    await writeFile(join(directory, temporaryName), payload);
    const { file } = await new DirectorySink(other).deliver(again);
    expect(file).toBe(join(other, 'report.pdf'));
    expect(await readdir(directory)).toEqual(['other']);
    expect(await readFile(join(other, 'report.pdf'))).toEqual(payload);
  });

  it('does not deliver to another directory what an earlier attempt had delivered to the first', async () => {
    const other = join(directory, 'other');
    await writeFile(join(directory, 'report.pdf'), payload);
    const sinkNote = noted(directory, 'report.pdf');
    const again = deliveryOf(payload, { header, attempt: 2, sinkNote });
    const { file } = await new DirectorySink(other).deliver(again);
    expect(file).toBe(join(directory, 'report.pdf'));
    expect(await readdir(directory)).toEqual(['report.pdf']);
  });

  it('delivers again when the directory of an earlier attempt is gone altogether', async () => {
    const sinkNote = noted(directory, 'gone', 'report.pdf');
    const again = deliveryOf(payload, { header, attempt: 2, sinkNote });
    const { file } = await new DirectorySink(directory).deliver(again);
    expect(file).toBe(join(directory, 'report.pdf'));
  });

  it('lets the message wait when the directory cannot be written to', async () => {
    await writeFile(join(directory, 'a-file'), '');
    const sink = new DirectorySink(join(directory, 'a-file', 'below'));
    await expect(sink.deliver(deliveryOf(payload, { header }))).rejects.toMatchObject({
      code: 'sink-unavailable',
      retryable: true,
    });
  });
});

describe('the directory sink, given a payload that is a file', () => {
  let spool: string;

  beforeEach(async () => {
    spool = join(directory, 'spool', '1.part');
    await mkdir(join(directory, 'spool'));
    await writeFile(spool, payload, { mode: 0o600 });
  });

  const out = (): string => join(directory, 'out');
  const delivery = (changes: Partial<IncomingDelivery> = {}) =>
    deliveryOf(payload, { header, payload: filePayload(spool, payload.length), ...changes });

  it('gives the same file its final name, without writing the content a second time', async () => {
    const { file } = await new DirectorySink(out()).deliver(delivery());
    expect(file).toBe(join(out(), 'report.pdf'));
    expect((await stat(join(out(), 'report.pdf'))).ino).toBe((await stat(spool)).ino);
    expect(await readdir(out())).toEqual(['report.pdf']);
  });

  it('copies it to another file system, for the owner only', async ({ skip }) => {
    const other = await mkdtemp('/dev/shm/msg-sink-').catch(() => undefined);
    if (other === undefined || (await stat(other)).dev === (await stat(spool)).dev) {
      return skip('no second file system to write to');
    }
    onTestFinished(() => rm(other, { recursive: true }));
    await new DirectorySink(other).deliver(delivery());
    expect(await readdir(other)).toEqual(['report.pdf']);
    expect(await readFile(join(other, 'report.pdf'))).toEqual(payload);
    expect((await stat(join(other, 'report.pdf'))).mode & 0o777).toBe(0o600);
  });

  it('delivers nothing twice after a crash behind the link', async () => {
    await mkdir(out());
    await link(spool, join(out(), temporaryName));
    await link(spool, join(out(), 'report.pdf'));
    await new DirectorySink(out()).deliver(
      delivery({ attempt: 2, sinkNote: noted(out(), 'report.pdf') }),
    );
    expect(await readdir(out())).toEqual(['report.pdf']);
  });

  it('delivers once after a crash before the link', async () => {
    await mkdir(out());
    await link(spool, join(out(), temporaryName));
    const again = delivery({ attempt: 2, sinkNote: noted(out(), 'report.pdf') });
    await new DirectorySink(out()).deliver(again);
    const path = join(out(), 'report.pdf');
    expect(again.notes).toEqual([`1,2 ${path}`, '', `2 ${path}`]);
    expect(await readdir(out())).toEqual(['report.pdf']);
  });
});
