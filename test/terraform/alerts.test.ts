import { describe, expect, it } from 'vitest';
import { logPort } from '#adapters/log.ts';
import { block, ofType, text } from './plan.ts';
import { LOG_EVENTS } from './policies/log-events.ts';
import { results, SKIPPED } from './results.ts';
import { subjectOf } from './subject.ts';

/** What an operator must be woken for. */
const WANTED = [
  'request-stuck',
  'dead-letter',
  'vm-outlived',
  'attestation-refused',
  'balance-low',
  'fee-ceiling',
  'foreign-transaction',
  'register-unlocked',
  'register-period',
  'receipts-lag',
];

/** A line as functions write it, and Cloud Logging reads it into jsonPayload. */
const lineOf = (event: string, fields: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> => {
  let written = '';
  const destination = {
    write: (line: string) => {
      written += line;
    },
  };
  logPort({ function: 'any' }, destination).alarm(event, fields);
  return JSON.parse(written);
};

describe.skipIf(results === undefined)(`the alerts of examples/lab${SKIPPED}`, () => {
  const plan = results === undefined ? { resources: [] } : subjectOf(results, 'lab').plan;
  const policies = ofType(plan, 'google_monitoring_alert_policy');

  it.each(WANTED)('one is about %s', (alert) => {
    const found = policies.filter(({ values }) => JSON.stringify(values.user_labels).includes(`"${alert}"`));
    expect(found).toHaveLength(1);
    expect(text(block(found[0]?.values, 'documentation', 'links'), 'url')).toMatch(
      new RegExp(`RUNBOOK\\.md#${alert}$`),
    );
  });

  const asked = ofType(plan, 'google_logging_metric')
    .map(({ values }) => [text(values, 'name'), text(values, 'filter')] as const)
    .filter(([, filter]) => filter.includes('jsonPayload.message='));

  it.each(asked)('%s counts a line of that event, and of no other', (_, filter) => {
    const clauses = [...filter.matchAll(/jsonPayload\.(\w+)="([^"]+)"/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]);
    const { message: event = '', ...fields } = Object.fromEntries(clauses);
    const holds = (line: Readonly<Record<string, unknown>>): boolean =>
      clauses.every(([name = '', value]) => line[name] === value);
    expect(holds(lineOf(event, fields))).toBe(true);
    for (const other of new Set(LOG_EVENTS.map((each) => each.event)))
      if (other !== event) expect(holds(lineOf(other, fields)), other).toBe(false);
  });
});
