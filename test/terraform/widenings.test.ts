import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { between, generatedFrom, README, renewed } from './grants.ts';
import { readSchema } from './plugin/schema.ts';
import { type RunningProvider, startSchemaProvider } from './plugin/server.ts';
import { POLICIES } from './policies/all.ts';
import type { Subject } from './policies/finding.ts';
import { results, SKIPPED } from './results.ts';
import { subjectOf } from './subject.ts';
import { LAB_HARDENING, SPLIT_HARDENING } from './widenings/hardening.ts';
import { widened } from './widenings/plan-of.ts';
import { MORE_LAB_RIGHTS, SPLIT_RIGHTS } from './widenings/rights-more.ts';
import { RIGHTS_ON_DATA } from './widenings/rights-on-data.ts';
import { RIGHTS_TO_ACT } from './widenings/rights-to-act.ts';
import type { Batch } from './widenings/widening.ts';

const LAB_RIGHTS: Batch = {
  name: 'rights in the lab',
  example: 'lab',
  inTable: true,
  widenings: [...RIGHTS_ON_DATA, ...RIGHTS_TO_ACT],
};

const BATCHES = [LAB_RIGHTS, MORE_LAB_RIGHTS, SPLIT_RIGHTS, LAB_HARDENING, SPLIT_HARDENING];
const findingsOf = (subject: Subject): readonly string[] =>
  Object.values(POLICIES).flatMap((policy) => policy(subject));

/** Each change is made in the text of terraform/ and planned; a sentence that names the rule must say so. */
describe.skipIf(results === undefined)(`widenings of terraform/${SKIPPED}`, () => {
  let provider: RunningProvider;
  beforeAll(async () => {
    provider = await startSchemaProvider(readSchema());
  });
  afterAll(() => provider.close());

  describe.each(BATCHES)('$name', (batch) => {
    let subject: Subject;
    let findings: readonly string[];
    beforeAll(async () => {
      subject = await widened(batch, provider);
      findings = findingsOf(subject);
    }, 120_000);

    it.each(batch.widenings)('$what', ({ message }) => {
      expect(findings.filter((line) => message.test(line))).not.toEqual([]);
      const others = batch.widenings.filter((other) => String(other.message) === String(message));
      expect(others).toHaveLength(1);
    });

    // The message of a stale table says how to write it anew. Whoever does that has a fresh table, and the findings stay.
    it('is not made good by a table of grants that is written anew', () => {
      if (results === undefined) return;
      const text = generatedFrom({
        lab: subjectOf(results, 'lab'),
        split: subjectOf(results, 'split'),
        [batch.example]: subject,
      });
      const readme = readFileSync(README, 'utf8');
      expect(text === between(readme)).toBe(!batch.inTable);
      expect(between(renewed(readme, text))).toBe(text);
      expect(findingsOf(subject)).toEqual(findings);
      expect(findings.length).toBeGreaterThanOrEqual(batch.widenings.length);
    });
  });
});
