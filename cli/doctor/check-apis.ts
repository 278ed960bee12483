import { isKeyturnError } from '#schemas/codes.ts';
import type { Config } from '#schemas/config.ts';
import { pushesOf } from './expected-rights.ts';
import { type Check, each, type Findings, ok, onlyInCloud, unread, warned, wrong } from './finding.ts';
import { emailOf, FUNCTIONS, PUBLIC } from './identities.ts';
import { readerOf } from './policies.ts';

/** What each part needs in its project, without `.googleapis.com`; terraform/services.tf switches them on, and a test compares. */
export const PARTS = {
  operator: [
    ...['artifactregistry', 'cloudbuild', 'cloudfunctions', 'cloudresourcemanager', 'cloudscheduler', 'compute'],
    ...['confidentialcomputing', 'iam', 'logging', 'monitoring', 'pubsub', 'run', 'secretmanager', 'storage', 'sts'],
  ],
  /** With a node in the operator's own network, which functions reach through a connector. */
  node: ['iap', 'vpcaccess'],
  /** Where the law names a key that signs events. */
  eventKey: ['cloudkms'],
  register: ['cloudresourcemanager', 'iam', 'logging', 'monitoring', 'storage'],
  finance: ['bigquery', 'monitoring', 'pubsub'],
  coSigner: ['cloudkms', 'cloudresourcemanager', 'iam', 'logging', 'pubsub', 'storage', 'sts'],
} as const;

/** The APIs by project; a project may hold several parts. */
export const apisOf = ({ law, operations }: Config): ReadonlyMap<string, readonly string[]> => {
  const wanted = new Map<string, Set<string>>();
  const want = (project: string, names: readonly string[]): void => {
    const known = wanted.get(project) ?? new Set<string>();
    for (const name of names) known.add(`${name}.googleapis.com`);
    wanted.set(project, known);
  };
  const { projectId, projectNumber } = law.operator;
  want(projectId, [...PARTS.operator, ...PARTS.finance]);
  if (operations.rpc.some(({ urls }) => urls.some((url) => url.startsWith('http://')))) want(projectId, PARTS.node);
  if (law.eventKeys !== undefined) want(projectId, PARTS.eventKey);
  want(law.register.projectNumber === projectNumber ? projectId : law.register.projectNumber, PARTS.register);
  for (const { releaseKey } of law.coSigners) want(releaseKey.split('/')[1] ?? '', PARTS.coSigner);
  return new Map([...wanted].map(([project, names]) => [project, [...names].sort()]));
};

const apis: Check = {
  area: 'apis',
  look: onlyInCloud('APIs', async ({ deployment, ports }) => {
    const inspector = await ports.inspector();
    return each(
      [...apisOf(deployment.config)],
      ([project]) => ({ name: `which APIs are enabled in ${project}`, needs: 'serviceusage.services.get' }),
      async ([project, names]) => {
        const enabled = await inspector.enabledApis(project, names);
        const missing = names.filter((api) => !enabled.has(api));
        return missing.length === 0
          ? [ok(`all ${names.length} APIs are enabled in ${project}`)]
          : missing.map((api) =>
              wrong(`${api} is not enabled in ${project}`, `gcloud services enable ${api} --project ${project}`),
            );
      },
    );
  }),
};

/** Where nobody pushes, or somebody else may, no function is fed. */
const functions: Check = {
  area: 'functions',
  look: onlyInCloud('functions', async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const inspector = await ports.inspector();
    const project = law.operator.projectId;
    const remedy = 'terraform apply makes it; gcloud functions describe says what went wrong.';
    let deployed: Awaited<ReturnType<typeof inspector.functionsIn>>;
    try {
      deployed = await inspector.functionsIn(project);
    } catch (error) {
      if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
      return [unread(`the functions of ${project}`, 'cloudfunctions.functions.list')];
    }
    const reader = readerOf(inspector);
    const push = `serviceAccount:${emailOf(law, 'push')}`;
    return each(
      FUNCTIONS,
      (name) => ({ name: `function ${name}`, needs: 'run.services.getIamPolicy' }),
      async (name): Promise<Findings> => {
        const found = deployed.find((one) => one.name === `${law.name}-${name}`);
        if (found === undefined) return [wrong(`function ${law.name}-${name} is not there`, remedy)];
        if (!found.active) return [wrong(`function ${law.name}-${name} is not active`, remedy)];
        if (found.account !== emailOf(law, name))
          return [wrong(`function ${law.name}-${name} runs as ${found.account}, not as ${emailOf(law, name)}`, remedy)];
        const read = await reader.policy(`//run.googleapis.com/${found.service}`);
        if ('finding' in read) return [read.finding];
        const { roles, hidden } = await reader.roles([read.level]);
        const callers = read.level.bindings
          .filter(({ role }) => roles.get(role)?.has('run.routes.invoke') === true)
          .flatMap(({ members }) => members);
        const others = callers.filter((member) => member !== push);
        const open = others.filter((member) => PUBLIC.includes(member));
        return [
          ...hidden,
          ...(callers.includes(push)
            ? []
            : [wrong(`function ${name}: ${push} may not call it: it is never fed`, remedy)]),
          ...(open.length > 0
            ? [wrong(`function ${name}: everybody on the internet may call it`, 'Remove that at once.')]
            : []),
          ...(others.length > open.length
            ? [
                warned(
                  `function ${name}: ${others.filter((one) => !open.includes(one)).join(', ')} may call it, past its subscription`,
                  'Remove that binding, unless it is meant.',
                ),
              ]
            : []),
          ...(callers.length === 1 && others.length === 0
            ? [ok(`function ${name} is active, and only Pub/Sub may call it`)]
            : []),
        ];
      },
    );
  }),
};

const subscriptions: Check = {
  area: 'subscriptions',
  look: onlyInCloud('subscriptions', async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const inspector = await ports.inspector();
    const remedy = 'terraform apply puts it right.';
    const topicOf = (topic: string) => `projects/${law.operator.projectId}/topics/${topic}`;
    return each(
      Object.entries(pushesOf(deployment)),
      ([, topic]) => ({ name: `subscription ${topic}-push`, needs: 'pubsub.subscriptions.get' }),
      async ([name, topic]): Promise<Findings> => {
        const { push, deadLetters, expires, detached, topic: of } = await inspector.subscription(`${topic}-push`);
        const say = (what: string) => wrong(`subscription ${topic}-push ${what}`, remedy);
        const problems = [
          ...(of === topicOf(topic) && !detached
            ? []
            : [say(`is no longer attached to ${topic}: ${name} gets nothing`)]),
          ...(push === undefined ? [say(`does not push: ${name} gets nothing`)] : []),
          ...(push !== undefined && push.account !== emailOf(law, 'push')
            ? [say(`pushes as ${push.account || 'nobody'}, not as ${emailOf(law, 'push')}: ${name} refuses it`)]
            : []),
          ...(expires ? [say('is deleted when it is silent for long')] : []),
          ...(name === 'reconcile' || deadLetters === topicOf(deployment.topics.deadLetters)
            ? []
            : [say('has no dead letters: what can never succeed comes back for a week and is lost')]),
        ];
        return problems.length > 0 ? problems : [ok(`subscription ${topic}-push feeds ${name} and never expires`)];
      },
    );
  }),
};

export const serviceChecks: readonly Check[] = [apis, functions, subscriptions];
