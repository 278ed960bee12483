import { readFileSync } from 'node:fs';
import { topicsOf } from '#schemas/names.ts';
import { grantsOf } from '../grants-of.ts';
import { block, ofType, text } from '../plan.ts';
import type { Policy } from './finding.ts';

const fields = (): readonly string[] => {
  const avro: unknown = JSON.parse(readFileSync(new URL('../../../schemas/receipts.avsc', import.meta.url), 'utf8'));
  return JSON.stringify(avro).match(/(?<="name":")[a-z]\w+/g) ?? [];
};

const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** A field without a column keeps every later receipt in the backlog; a view that does not deduplicate counts a redelivery as money. */
export const ledgerTakesReceipts: Policy = ({ plan }) => {
  const tables = ofType(plan, 'google_bigquery_table');
  return ofType(plan, 'google_pubsub_subscription').flatMap(({ address, values }) => {
    const export_ = block(values, 'bigquery_config');
    if (export_ === undefined) return [];
    const table = tables.find((each) => text(each.values, 'table_id') === last(text(export_, 'table')));
    const schema = text(table?.values, 'schema');
    const views = tables.filter((each) => text(block(each.values, 'view'), 'query').includes('eventId'));
    const checks: readonly (readonly [boolean, string])[] = [
      [table !== undefined, `there is no table ${text(export_, 'table')}`],
      [export_.use_topic_schema === true, 'must use the schema of the topic'],
      [export_.drop_unknown_fields !== true, 'must not drop fields that the table does not know'],
      [views.length > 0, 'no view deduplicates by eventId'],
      ...fields().map((name) => [schema.includes(`"${name}"`), `${table?.address}: no column ${name}`] as const),
    ];
    return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: ${why}`]));
  });
};

/** What may stand in a query outside backticks: words of GoogleSQL that the view uses. `from` and `to` are fields of a receipt. */
const SQL = new Set(
  'SELECT SAFE_CAST AS BIGNUMERIC FROM WHERE TRUE QUALIFY ROW_NUMBER OVER PARTITION BY ORDER'.split(' '),
);

/** Reserved words are no column names unless they are quoted (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical). */
export const ledgerIsSql: Policy = ({ plan }) =>
  ofType(plan, 'google_bigquery_table').flatMap(({ address, values }) => {
    const bare = text(block(values, 'view'), 'query').replaceAll(/`[^`]*`/g, '');
    const words = (bare.match(/[A-Za-z_]\w*/g) ?? []).filter((word) => !SQL.has(word));
    return words.map((word) => `${address}: ${word} stands unquoted in the view`);
  });

const end = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Pub/Sub buries a message as its own agent: without both rights it tries for ever, and says so nowhere. */
export const lettersCanBeBuried: Policy = ({ plan, config: { law } }) => {
  const grants = grantsOf(plan).filter(({ member }) => member.endsWith('@gcp-sa-pubsub.iam.gserviceaccount.com'));
  const may = (kind: string, target: string, role: string): boolean =>
    grants.some((grant) => grant.kind === kind && grant.target === target && grant.role === role);
  const grave = topicsOf(law.name).deadLetters;
  return [
    ...(may('topic', grave, 'roles/pubsub.publisher') ? [] : [`${grave}: the agent of Pub/Sub may not publish there`]),
    ...ofType(plan, 'google_pubsub_subscription').flatMap(({ address, values }) =>
      block(values, 'dead_letter_policy') === undefined ||
      may('subscription', end(text(values, 'name')), 'roles/pubsub.subscriber')
        ? []
        : [`${address}: the agent of Pub/Sub may not take dead letters from it`],
    ),
  ];
};
