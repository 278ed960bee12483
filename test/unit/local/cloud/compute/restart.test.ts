import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FileJournal } from '#local/cloud/runtime/journal.ts';
import { body, lab, launch, REQUEST, sweeper, thrown, ZONE } from '#test/support/local/compute.ts';

describe('a restart', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('finds what the journal says; what ran has lost its power, and what was being deleted is gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-journal-'));
    folders.push(folder);
    const path = join(folder, 'journal');
    const journal = new FileJournal(path);
    const before = lab(journal);
    const insert = before.instances.insert(launch, ZONE, body(), REQUEST);
    before.clock.advance(20_000);
    before.instances.insert(launch, ZONE, body({ name: 'turn-treasury-2' }));
    before.instances.insert(launch, ZONE, body({ name: 'turn-treasury-3' }));
    before.instances.delete(sweeper, ZONE, 'turn-treasury-3');
    before.instances.shutdown();
    expect(before.machines.running.size).toBe(0);
    journal.close();

    const reopened = new FileJournal(path);
    const after = lab(reopened, before.clock);
    expect(after.status('turn-treasury-1')).toBe('TERMINATED');
    expect(after.status('turn-treasury-2')).toBe('TERMINATED');
    expect(thrown(() => after.status('turn-treasury-3')).status).toBe('NOT_FOUND');
    expect(after.instances.insert(launch, ZONE, body(), REQUEST).name).toBe(insert.name);
    after.clock.advance(1_000_000);
    expect(after.machines.started).toEqual([]);
    reopened.close();
  });
});
