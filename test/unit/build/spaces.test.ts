import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BUILD = fileURLToPath(new URL('../../../build/', import.meta.url));

// Where a folder has a space, the `pathname` of its url has %20. A build would look in, or make, a folder of that name.
test('no step of the build takes the path of a url for a path', () => {
  const steps = readdirSync(BUILD).filter((name) => /\.[jt]s$/.test(name));
  expect(steps.length).toBeGreaterThan(10);
  expect(steps.filter((name) => readFileSync(`${BUILD}${name}`, 'utf8').includes('.pathname'))).toEqual([]);
});
