import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readLabPlan, SHAPES } from '#local/lab/plan-file.ts';

/** MB. How large the space for young objects became, when three million were made and few kept. And the limit of the whole heap. */
const measured = z.object({ young: z.number(), limit: z.number() });
const PROBE = `
  const kept = [];
  for (let n = 0; n < 3e6; n++) kept[n % 1e5] = { n };
  const v8 = require('node:v8');
  const { space_size } = v8.getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
  console.log(JSON.stringify({ young: space_size / 2 ** 20, limit: v8.getHeapStatistics().heap_size_limit / 2 ** 20 }));
`;

/** Without what this process itself was told. */
const heapWith = (env: Readonly<Record<string, string>>): z.infer<typeof measured> => {
  const { stdout } = spawnSync(process.execPath, ['-e', PROBE], {
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  });
  return measured.parse(JSON.parse(stdout));
};

test.each(SHAPES)('Node takes from the environment of a function in %s how large its heap may be', (shape) => {
  const bounded = heapWith(readLabPlan(shape).functionEnvironment);
  expect(bounded.young).toBeLessThanOrEqual(8);
  // Half of what terraform/ gives a function, and the young objects.
  expect(bounded.limit).toBeGreaterThanOrEqual(256);
  expect(bounded.limit).toBeLessThanOrEqual(256 + 3 * 4);
  expect(heapWith({}).young).toBeGreaterThan(8);
});
