import { readFileSync } from 'node:fs';
import { type Topics, topicsOf } from '#schemas/names.ts';
import { block, ofType, text, texts } from '../plan.ts';
import type { Policy, Subject } from './finding.ts';

/** Which topic takes what: the others carry Google's own messages. */
const SCHEMAS: Readonly<Partial<Record<keyof Topics, string>>> = {
  transactionRequests: 'transaction-requests',
  requestEvents: 'request-events',
  approved: 'approved',
  submitted: 'submitted',
  receipts: 'receipts',
};

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

export const topicsAreThoseOfNames: Policy = ({ plan, config }) => {
  const wanted = new Set(Object.values(topicsOf(config.law.name)));
  const have = new Map(
    ofType(plan, 'google_pubsub_topic').map(({ address, values }) => [text(values, 'name'), address]),
  );
  return [
    ...[...wanted].filter((name) => !have.has(name)).map((name) => `no topic ${name}`),
    ...[...have]
      .filter(([name]) => !wanted.has(name))
      .map(([name, at]) => `${at}: schemas/names.ts knows no topic ${name}`),
  ];
};

const avroProblems = ({ plan, config }: Subject, key: keyof Topics, file: string): readonly string[] => {
  const name = topicsOf(config.law.name)[key];
  const topic = ofType(plan, 'google_pubsub_topic').find(({ values }) => text(values, 'name') === name);
  if (topic === undefined) return [];
  const settings = block(topic.values, 'schema_settings');
  const schema = ofType(plan, 'google_pubsub_schema').find(
    ({ values }) => text(values, 'name') === last(text(settings, 'schema')),
  );
  if (schema === undefined) return [`${topic.address}: takes anything: no schema ${text(settings, 'schema')}`];
  const definition = text(schema.values, 'definition');
  const committed = readFileSync(new URL(`../../../schemas/${file}.avsc`, import.meta.url), 'utf8');
  return [
    ...(text(settings, 'encoding') === 'JSON' ? [] : [`${topic.address}: encoding must be JSON`]),
    ...(text(schema.values, 'type') === 'AVRO' ? [] : [`${schema.address}: type must be AVRO`]),
    ...(definition.trim() === committed.trim() ? [] : [`${schema.address}: is not schemas/${file}.avsc`]),
  ];
};

export const avroIsCommitted: Policy = (subject) =>
  Object.entries(topicsOf(subject.config.law.name)).flatMap(([key, name]) => {
    const found = Object.entries(SCHEMAS).find(([topic]) => topic === key);
    if (found !== undefined) return avroProblems(subject, found[0] as keyof Topics, found[1]);
    const topic = ofType(subject.plan, 'google_pubsub_topic').find(({ values }) => text(values, 'name') === name);
    return topic !== undefined && block(topic.values, 'schema_settings') !== undefined
      ? [`${topic.address}: a schema here would refuse Google's own messages`]
      : [];
  });

/** Each place for shares tells the topic `shares` of each new object, with its name and generation. */
export const sharesAreNotified: Policy = ({ plan, config: { law } }) => {
  const topic = `projects/${law.operator.projectId}/topics/${topicsOf(law.name).shares}`;
  const wanted = new Set(law.coSigners.map(({ shareLocation }) => shareLocation.bucket));
  const prefixes = (bucket: string): readonly string[] =>
    law.coSigners.flatMap(({ shareLocation }) => (shareLocation.bucket === bucket ? [shareLocation.prefix] : []));
  const all = ofType(plan, 'google_storage_notification');
  const missing = [...wanted].flatMap((bucket) => {
    const count = all.filter(({ values }) => text(values, 'bucket') === bucket).length;
    return count === 1 ? [] : [`${bucket}: ${count} notifications, not one`];
  });
  const wrong = all.flatMap(({ address, values }) => [
    ...(wanted.has(text(values, 'bucket')) ? [] : [`${address}: ${text(values, 'bucket')} is no place for shares`]),
    ...(text(values, 'topic') === topic
      ? []
      : [`${address}: tells ${text(values, 'topic') || '(unknown)'}, not ${topic}`]),
    ...(text(values, 'payload_format') === 'JSON_API_V1' ? [] : [`${address}: payload_format must be JSON_API_V1`]),
    ...(texts(values, 'event_types').join() === 'OBJECT_FINALIZE' ? [] : [`${address}: only OBJECT_FINALIZE`]),
    ...(prefixes(text(values, 'bucket')).every((prefix) => prefix.startsWith(text(values, 'object_name_prefix')))
      ? []
      : [`${address}: the prefix ${text(values, 'object_name_prefix')} hides what co-signers upload`]),
  ]);
  return [...missing, ...wrong];
};
