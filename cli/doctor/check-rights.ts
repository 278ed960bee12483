import type { Session } from '#cli/app/session.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { accountRules, projectRules, subscriptionRules, topicRules } from './expected-rights.ts';
import { bucketRules, keyRules } from './expected-storage.ts';
import { type Check, each, type Findings, ok, onlyInCloud, unchecked, warned, wrong } from './finding.ts';
import { BASIC, type Level } from './holders.ts';
import { ACCOUNTS, emailOf, isAgent, PUBLIC } from './identities.ts';
import { type PolicyReader, readerOf } from './policies.ts';
import { projectOf, projectOfBucket, projectResource } from './resources.ts';
import { judge, type Rule } from './rules.ts';

const basicFindings = ({ at, bindings }: Level): Findings =>
  BASIC.flatMap((role): Findings => {
    const members = [...new Set(bindings.filter((one) => one.role === role).flatMap((one) => one.members))];
    const people = members.filter((member) => !isAgent(member) && !PUBLIC.includes(member));
    if (people.length === 0) return [];
    const can =
      role === 'roles/viewer' ? 'see nearly all of it' : 'undo or replace nearly all that Terraform made there';
    return [
      warned(
        `${at.replace(/^\/\/[^/]+\//, '')}: ${people.join(', ')} ${people.length === 1 ? 'has' : 'have'} ${role} and may ${can}`,
        'Remove basic roles after set-up. They cannot undo a locked register, nor keys in other projects.',
      ),
    ];
  });

const publicFindings = ({ at, bindings }: Level): Findings =>
  bindings
    .filter(({ members }) => members.some((member) => PUBLIC.includes(member)))
    .map(({ role }) =>
      wrong(`${at.replace(/^\/\/[^/]+\//, '')}: everybody on the internet has ${role}`, 'Remove that at once.'),
    );

/** All rules that speak of one resource, against its policy and what it inherits. One line where all is well. */
const resourceFindings = async (
  reader: PolicyReader,
  resource: string,
  rules: readonly Rule[],
  above: string | undefined,
  now: number,
): Promise<Findings> => {
  const own = await reader.policy(resource);
  if ('finding' in own) return [own.finding];
  const inherited = above === undefined || above === resource ? undefined : await reader.policy(above);
  // Its own finding is told where the project is looked at.
  const levels = [own.level, ...(inherited !== undefined && 'level' in inherited ? [inherited.level] : [])];
  const { roles, hidden } = await reader.roles(levels);
  const found = [...hidden, ...publicFindings(own.level), ...rules.flatMap((rule) => judge(rule, levels, roles, now))];
  const seen = new Set<string>();
  const told = found.filter(({ what }) => !seen.has(what) && seen.add(what));
  const name = rules[0]?.name ?? resource;
  return told.length > 0 ? told : [ok(`${name}: all who must have rights have them, and nobody else has`)];
};

const checkOf = (
  area: string,
  about: string,
  rulesOf: (session: Session) => readonly Rule[],
  aboveOf: (session: Session, resource: string) => string | undefined,
): Check => ({
  area,
  look: onlyInCloud(about, async (session) => {
    const reader = readerOf(await session.ports.inspector());
    const groups = Map.groupBy(rulesOf(session), ({ resource }) => resource);
    const found = await mapSome([...groups], ([resource, rules]) =>
      resourceFindings(reader, resource, rules, aboveOf(session, resource), session.clock.now()),
    );
    return found.flat();
  }),
});

/** The project above a resource, whose rights hold for it too. */
const aboveOf = ({ deployment }: Session, resource: string): string | undefined => {
  const bucket = /^\/\/storage\.googleapis\.com\/projects\/_\/buckets\/(.+)$/.exec(resource)?.[1];
  const { law } = deployment.config;
  const project = bucket === undefined ? projectOf(law, resource) : projectOfBucket(deployment, bucket);
  return project === undefined ? undefined : projectResource(project);
};

/** Every project that a right could come from. */
const projectsOf = (session: Session): readonly string[] => {
  const { config } = session.deployment;
  const resources = [...bucketRules(session.deployment), ...keyRules(session.deployment)].map(
    ({ resource }) => resource,
  );
  return [
    ...new Set([
      projectResource(config.law.operator.projectId),
      ...resources.flatMap((one) => aboveOf(session, one) ?? []),
    ]),
  ];
};

const projects: Check = {
  area: 'projects',
  look: onlyInCloud('rights on whole projects', async (session) => {
    const reader = readerOf(await session.ports.inspector());
    const rules = projectRules(session.deployment);
    const found = await mapSome(projectsOf(session), async (resource): Promise<Findings> => {
      const read = await reader.policy(resource);
      if ('finding' in read) return [read.finding];
      const about = rules.filter((rule) => rule.resource === resource);
      return [
        ...basicFindings(read.level),
        ...(await resourceFindings(reader, resource, about, undefined, session.clock.now())),
      ];
    });
    return [
      ...found.flat(),
      unchecked('grants of a folder or an organisation above a project are not checked: ask its administrators'),
    ];
  }),
};

const accountKeys: Check = {
  area: 'accounts',
  look: onlyInCloud('keys of service accounts', async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const inspector = await ports.inspector();
    const found = await each(
      ACCOUNTS,
      (account) => ({ name: `which keys ${emailOf(law, account)} has`, needs: 'iam.serviceAccountKeys.list' }),
      async (account) => {
        const keys = await inspector.userKeys(emailOf(law, account));
        if (keys === 0) return [];
        const what = `${emailOf(law, account)} has ${keys} ${keys === 1 ? 'key' : 'keys'} that people made: anyone with a copy can act as ${account}`;
        return [
          wrong(what, `gcloud iam service-accounts keys list --iam-account ${emailOf(law, account)}, and delete them.`),
        ];
      },
    );
    return found.length > 0 ? found : [ok(`none of ${ACCOUNTS.length} service accounts has a key`)];
  }),
};

const one = (area: string, about: string, rulesOf: (session: Session) => readonly Rule[]): Check =>
  checkOf(area, about, rulesOf, aboveOf);

export const rightsChecks: readonly Check[] = [
  one('topics', 'rights on topics', ({ deployment }) => topicRules(deployment)),
  one('subscriptions', 'rights on subscriptions', ({ deployment }) => subscriptionRules(deployment)),
  one('accounts', 'who may act as whom', ({ deployment }) => accountRules(deployment)),
  accountKeys,
  one('roles', 'rights on buckets', ({ deployment }) => bucketRules(deployment)),
  one('keys', 'rights on keys', ({ deployment }) => keyRules(deployment)),
  projects,
];
