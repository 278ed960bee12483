import { describe, expect, it } from 'vitest';
import { BIGQUERY, ledgerSql } from '#test/support/ledger.ts';
import { block, ofType, text } from './plan.ts';
import { results, SKIPPED } from './results.ts';
import { subjectOf } from './subject.ts';

describe.skipIf(results === undefined)(`the view of the ledger${SKIPPED}`, () => {
  const plan = results === undefined ? { resources: [] } : subjectOf(results, 'lab').plan;
  const views = ofType(plan, 'google_bigquery_table').map(({ values }) => text(block(values, 'view'), 'query'));

  it('is in the plan what the tests on DuckDB render', () => {
    const [query = ''] = views.filter((each) => each !== '');
    const table = /^FROM `(.+)`$/m.exec(query)?.[1] ?? '';
    expect(table).toMatch(/_finance\.receipts$/);
    expect(query).toBe(ledgerSql(BIGQUERY, table));
  });
});
