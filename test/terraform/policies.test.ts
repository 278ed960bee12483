import { globSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { POLICIES } from './policies/all.ts';
import { results, SKIPPED } from './results.ts';
import { EXAMPLES, subjectOf } from './subject.ts';
import { ROOT } from './used-types.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe.skipIf(results === undefined).each(EXAMPLES)(`the plan of examples/%s${SKIPPED}`, (example) => {
  it.each(Object.entries(POLICIES))('%s', (_, policy) => {
    if (results === undefined) return;
    expect(policy(subjectOf(results, example))).toEqual([]);
  });

  // Acceptances in the examples end some day; CI must not end with them.
  it('is judged in ten years as today', () => {
    if (results === undefined) return;
    vi.useFakeTimers({ now: Date.UTC(2036, 0, 1), toFake: ['Date'] });
    const subject = subjectOf(results, example);
    expect(Object.values(POLICIES).flatMap((policy) => policy(subject))).toEqual([]);
  });
});

it('no plan depends on the day it is made', () => {
  const asks = globSync('terraform/**/*.{tf,hcl,tftpl}', { cwd: ROOT }).filter((file) =>
    /\b(timestamp|plantimestamp|timecmp)\(/.test(
      readFileSync(`${ROOT}${file}`, 'utf8').replaceAll(/"(\\.|[^"\\])*"/g, '""'),
    ),
  );
  expect(asks).toEqual([]);
});
