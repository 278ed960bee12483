import { evaluateCel } from '#local/cloud/runtime/cel.ts';
import { type Grant, grantsOf } from '../../grants-of.ts';
import { ofType, text } from '../../plan.ts';
import type { Policy, Subject } from '../finding.ts';
import { customRoles } from '../iam.ts';
import { type Group, type Groups, groupsOf } from './groups.ts';
import { type Place, resourceOf } from './places.ts';
import { gives, type Kind, type Power, permissionsIn, powersOver } from './powers.ts';
import { placesOf } from './rules.ts';
import { type Thing, thingsOf } from './things.ts';

/** The kinds of a grant's target, where they are called otherwise than the things. */
const KINDS: Readonly<Record<string, Thing['kind']>> = {
  'service account': 'account',
  function: 'service',
  table: 'dataset',
};

/** The ledger's one table is judged as its data set. A key ring's policy holds for its keys, a project's for all that lies in it. */
const isOn = (grant: Grant, { kind, name, project }: Thing): boolean => {
  if (grant.kind === 'project') return grant.target === project;
  if (grant.kind === 'key ring') return kind === 'key' && name.startsWith(`${grant.target}/`);
  if ((KINDS[grant.kind] ?? grant.kind) !== kind) return false;
  if (grant.kind === 'table') return grant.project === project;
  return grant.target === name && (grant.project === '' || grant.project === project);
};

const words = (groups: readonly Group[]): string =>
  groups.length === 0 ? 'nobody' : `only ${groups.map(({ says }) => says).join(', ')}`;

/** True of a condition that cannot be judged: what is not understood is held to grant. */
const isTrue = (condition: string, place: Place, at: string): boolean => {
  try {
    return evaluateCel(condition, { request: { time: new Date(at) }, resource: resourceOf(place) }) === true;
  } catch {
    return true;
  }
};

/** The same few conditions stand in every plan that is judged. */
const known = new Map<string, boolean>();

const holdsAt = ({ condition }: Grant, place: Place, at: string): boolean => {
  if (condition === undefined) return true;
  const key = JSON.stringify([condition, place.kind, place.name, at]);
  const held = known.get(key) ?? isTrue(condition, place, at);
  known.set(key, held);
  return held;
};

/** The last second in which the images are accepted. */
const whileAccepted = ({ people }: Subject): string =>
  new Date(Math.min(...Object.values(people.images).map((until) => Date.parse(until))) - 1000).toISOString();

const nameOf = (groups: readonly Group[], member: string): string =>
  groups.find(({ members }) => members.includes(member))?.says ?? member;

interface Right extends Grant {
  /** Undefined: nobody wrote down what the role allows, so it counts as everything. */
  readonly permissions: ReadonlySet<string> | undefined;
}

interface Judged {
  readonly subject: Subject;
  readonly everybody: readonly Group[];
}

const findingsAt = ({ subject, everybody }: Judged, place: Place, rights: readonly Right[]): readonly string[] => {
  const at = place.at ?? whileAccepted(subject);
  const holding = rights.filter((right) => holdsAt(right, place, at));
  return powersOver(place.kind).flatMap((power: Power): readonly string[] => {
    const wanted = place.may[power] ?? [];
    const members = new Set(wanted.flatMap((group) => group.members));
    const holders = holding.filter(
      ({ permissions }) => permissions === undefined || gives(permissions, place.kind, power),
    );
    const held = new Set(holders.map(({ member }) => member));
    const rule = `${words(wanted)} may`;
    return [
      ...holders
        .filter(({ member }) => !members.has(member))
        .map(({ address, member, permissions, role }) => {
          const unknown = permissions === undefined ? ` (nobody wrote down what ${role} allows)` : '';
          return `${address}: ${nameOf(everybody, member)} may ${power} ${place.says}${unknown}: ${rule}`;
        }),
      ...[...members]
        .filter((member) => !held.has(member))
        .map((member) => `${nameOf(everybody, member)} may not ${power} ${place.says}: ${rule}`),
    ];
  });
};

const everybodyOf = ({ config: { law } }: Subject, groups: Groups): readonly Group[] => [
  ...(['intake', 'collect', 'launch', 'finalize', 'reconcile', 'push', 'build', 'workload'] as const).map(
    groups.account,
  ),
  ...law.coSigners.flatMap((one) => [groups.coSigner(one), groups.imageOf(one)]),
  groups.image,
  groups.dapps,
  groups.finance,
  groups.operators,
  groups.pubsub,
  groups.scheduler,
  groups.storage,
];

/** Google makes it at the first build; the build's right to it is granted by its name. */
const sourceBucket = ({ plan, config: { law } }: Subject): readonly Thing[] => {
  const [region] = ofType(plan, 'google_cloudfunctions2_function').map(({ values }) => text(values, 'location'));
  return region === undefined
    ? []
    : [
        {
          kind: 'bucket',
          name: `gcf-v2-sources-${law.operator.projectNumber}-${region}`,
          project: law.operator.projectId,
        },
      ];
};

const allThings = (subject: Subject): readonly Thing[] => [...thingsOf(subject.plan), ...sourceBucket(subject)];

/** Who holds each power over things of these kinds is exactly who should: nobody more, and nobody less. */
export const whoMay =
  (...kinds: readonly Kind[]): Policy =>
  (subject) => {
    const groups = groupsOf(subject);
    const judged = { subject, everybody: everybodyOf(subject, groups) };
    const custom = customRoles(subject.plan);
    const rights = grantsOf(subject.plan).map(
      (grant): Right => ({ ...grant, permissions: permissionsIn(custom, grant.role) }),
    );
    const found = allThings(subject)
      .filter(({ kind }) => kinds.includes(kind))
      .flatMap((thing) => {
        const own = rights.filter((right) => isOn(right, thing));
        return placesOf(subject, groups, thing).flatMap((place) => findingsAt(judged, place, own));
      });
    return [...new Set(found)];
  };

/** A right on what no rule speaks of would be judged by none. */
export const grantsAreJudged: Policy = (subject) => {
  const things = allThings(subject);
  return grantsOf(subject.plan).flatMap((grant) =>
    things.some((thing) => isOn(grant, thing))
      ? []
      : [`${grant.address}: no rule speaks of ${grant.kind} ${grant.target}`],
  );
};
