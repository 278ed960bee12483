import { ofType, type Plan, type Resource, text } from '../../plan.ts';
import type { Kind } from './powers.ts';

/** Something that a plan makes, or counts on, and that a right can be on. */
export interface Thing {
  readonly kind: Exclude<Kind, 'object'>;
  /** As `Grant.target` spells it. */
  readonly name: string;
  readonly project: string;
}

const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

type Making = readonly [kind: Thing['kind'], type: string, name: (resource: Resource) => string];

const named =
  (attribute: string) =>
  ({ values }: Resource): string =>
    text(values, attribute);

const MADE: readonly Making[] = [
  [
    'account',
    'google_service_account',
    ({ values }) => `${text(values, 'account_id')}@${text(values, 'project')}.iam.gserviceaccount.com`,
  ],
  ['bucket', 'google_storage_bucket', named('name')],
  ['dataset', 'google_bigquery_dataset', named('dataset_id')],
  [
    'key',
    'google_kms_crypto_key',
    ({ values }) => `${text(values, 'key_ring')}/cryptoKeys/${last(text(values, 'name'))}`,
  ],
  ['repository', 'google_artifact_registry_repository', named('repository_id')],
  ['secret', 'google_secret_manager_secret', named('secret_id')],
  ['service', 'google_cloudfunctions2_function', named('name')],
  ['subnetwork', 'google_compute_subnetwork', named('name')],
  ['subscription', 'google_pubsub_subscription', named('name')],
  ['topic', 'google_pubsub_topic', named('name')],
];

const projectOf = (name: string, { values }: Resource): string =>
  text(values, 'project') || (/^projects\/([^/]+)\//.exec(name)?.[1] ?? '');

/** Everything with a policy of its own. Projects, and what comes and goes in them, are added: a plan does not make those. */
export const thingsOf = (plan: Plan): readonly Thing[] => {
  const made = MADE.flatMap(([kind, type, nameOf]) =>
    ofType(plan, type).map((resource): Thing => {
      const name = nameOf(resource);
      return { kind, name, project: projectOf(name, resource) };
    }),
  );
  const projects = [
    ...new Set(plan.resources.map(({ values }) => text(values, 'project')).filter((one) => one !== '')),
  ];
  return [
    ...new Map(made.map((thing) => [`${thing.kind} ${thing.project} ${thing.name}`, thing])).values(),
    ...projects.flatMap((project): readonly Thing[] => [
      { kind: 'project', name: project, project },
      { kind: 'machine', name: project, project },
    ]),
  ];
};
