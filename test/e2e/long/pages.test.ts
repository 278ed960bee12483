import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readPage } from '../../support/page.ts';
import { PAGES } from '../../support/pages/all.ts';
import { readRunnable } from '../../support/pages/read.ts';
import { runPage } from '../../support/pages/run.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { actsOf } from '../support/page-acts.ts';
import { PAGES_LAB } from '../support/pages-lab.ts';
import { compiled, installFor, personFolder } from '../support/person-folder.ts';
import { ranHere } from '../support/said.ts';

/** Every block of every page, by the wrapper, in a bare folder of whoever reads it, with that person's token and no other. */
const tools = new Map<string, boolean>();
const has = (tool: string): boolean => {
  const known = tools.get(tool) ?? spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
  tools.set(tool, known);
  return known;
};

let test: TestLab;
beforeAll(async () => {
  test = await startTestLab(PAGES_LAB);
}, 90_000);
afterAll(() => test.close(), 30_000);

it.each(PAGES)(
  '%s is as it says',
  async (path) => {
    const page = readRunnable(readPage(path));
    const place = personFolder(test, page.person);
    try {
      await installFor(place.path, page);
      const done = await runPage(page, {
        folder: place.path,
        env: place.env,
        has,
        act: actsOf(test, place),
        onTyped: (command, { text }) => ranHere([command], text, ''),
      });
      for (const { what, line, because } of done)
        if (what === 'skipped') console.warn(`SKIPPED: ${path}, line ${line} (${because} is not installed)`);
      expect(done.map(({ line }) => line)).toEqual(page.blocks.map(({ line }) => line));
      expect(done.filter(({ what }) => what === 'ran').length).toBeGreaterThan(0);
      expect(compiled(place.path, page)).toBe('');
      place.guardShares();
    } finally {
      place.remove();
    }
  },
  300_000,
);
