import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FileJournal, type Json } from '#local/cloud/runtime/journal.ts';
import { TornFile } from '#local/cloud/runtime/whole-file.ts';
import { fullDisk } from '#test/support/local/full-disk.ts';
import { folder } from '#test/support/local/processes.ts';

const recordsIn = (path: string): readonly Json[] => {
  const records: Json[] = [];
  const journal = new FileJournal(path);
  journal.replay('storage', (record) => records.push(record));
  journal.close();
  return records;
};

/** A journal with one record, and the bytes that it has then. */
const begun = () => {
  const path = join(folder(), 'journal.jsonl');
  const journal = new FileJournal(path);
  journal.append('storage', { n: 1 });
  journal.close();
  return { path, text: readFileSync(path, 'utf8') };
};

describe('a full disk', () => {
  test.each([0, 1, 10])('with room for %i bytes: the record is not there, not even a part, and it is told', (room) => {
    const { path, text } = begun();
    const faults: unknown[] = [];
    const disk = fullDisk(room);
    const journal = new FileJournal(path, { disk, onFault: (error) => faults.push(error) });
    expect(() => journal.append('storage', { n: 2 })).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(faults).toMatchObject([{ code: 'ENOSPC' }]);
    expect(readFileSync(path, 'utf8')).toBe(text);
    disk.room = 1000;
    journal.append('storage', { n: 3 });
    journal.close();
    expect(recordsIn(path)).toEqual([{ n: 1 }, { n: 3 }]);
  });
});

describe('a journal that was cut', () => {
  test('in its last line was never answered for it, and goes on', () => {
    const { path, text } = begun();
    appendFileSync(path, '{"service":"storage","rec');
    expect(recordsIn(path)).toEqual([{ n: 1 }]);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test.each([
    ['no JSON', '{"service":"stor\n'],
    ['no record', '{"service":"storage"}\n'],
    ['null', 'null\n'],
  ])('before that is refused, by file and line, and left as it is: %s', (_, line) => {
    const { path, text } = begun();
    writeFileSync(path, `${text}${line}${text}half`);
    const error = (() => {
      try {
        return new FileJournal(path);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(TornFile);
    expect(error).toMatchObject({ path, message: `${path} is damaged in line 2` });
    expect(readFileSync(path, 'utf8')).toBe(`${text}${line}${text}half`);
  });
});
