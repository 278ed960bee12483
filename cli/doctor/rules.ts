import { type Findings, type Found, unjudged, warned, wrong } from './finding.ts';
import { type Holder, holdersOf, type Level, type Roles } from './holders.ts';
import { isAgent, isConvenience, isPerson, PUBLIC } from './identities.ts';

/** One permission on one resource: who must have it, and what it means if somebody else has. */
export interface Rule {
  /** Full resource name. */
  readonly resource: string;
  /** For people. */
  readonly name: string;
  readonly permission: string;
  /** `resource.name` as conditions see it, where that is not the resource itself. */
  readonly object?: string;
  /** Members, exactly. */
  readonly must: readonly string[];
  /** Others who may have it, exactly. */
  readonly may?: readonly string[];
  /** Others who may have it, of a kind. */
  readonly mayAlso?: (member: string) => boolean;
  /** More of `mayAlso` than this is worth a look: a right that speaks for one person. */
  readonly most?: number;
  /** How bad it is if anybody else has it. */
  readonly others: 'bad' | 'warn' | 'fine';
  /** What anybody else could do with it, after "may ". */
  readonly means: string;
}

/** A former image: it may still be accepted. */
export const anyImage =
  (provider: string) =>
  (member: string): boolean =>
    member.startsWith(`principalSet:${provider.replace(/\/providers\/[^/]+$/, '')}/attribute.image_digest/sha256:`);

export const people = isPerson;

/** Holders that no rule has to name. Google's agents have the right by their service's own role, owners by what the project says. */
const isOrdinary = ({ member, role, at }: Holder, resource: string): boolean =>
  (isAgent(member) && /[sS]erviceAgent$/.test(role) && at !== resource) || isConvenience(member);

/** Whoever such a binding names counts among the strangers. Where the right must be there, nothing says that it is missing: this is no pass either. */
const doubts = (holders: readonly Holder[]): Findings =>
  holders.flatMap(({ at, member, role, unjudged: condition }) =>
    condition === undefined ? [] : [unjudged(`${at.replace(/^\/\/[^/]+\//, '')}: ${role} for ${member}`, condition)],
  );

const FIX = 'terraform apply makes what must be there, and shows what it did not make itself.';

const byMember = (holders: readonly Holder[]): readonly string[] => [
  ...new Set(holders.map(({ member, role, at }) => `${member} (${role} on ${at.replace(/^\/\/[^/]+\//, '')})`)),
];

/** What is wrong about one rule; nothing where it holds. */
export const judge = (rule: Rule, levels: readonly Level[], roles: Roles, now: number): Findings => {
  const { resource, name, permission, must, may = [], mayAlso = () => false, others, means } = rule;
  const object = rule.object ?? resource.replace(/^\/\/[^/]+\//, '');
  const holders = holdersOf(levels, roles, { permission, object, now });
  const missing = must.filter((member) => !holders.some((holder) => holder.member === member));
  const open = holders.filter(({ member }) => PUBLIC.includes(member));
  const strangers = holders.filter(
    (holder) =>
      !open.includes(holder) &&
      ![...must, ...may].includes(holder.member) &&
      !mayAlso(holder.member) &&
      !isOrdinary(holder, resource),
  );
  const found: Found[] = [
    ...missing.map((member) => wrong(`${name}: ${member} has no ${permission}`, FIX)),
    ...doubts(holders),
  ];
  if (open.length > 0)
    found.push(
      wrong(`${name}: everybody on the internet may ${means} (${byMember(open).join(', ')})`, 'Remove that at once.'),
    );
  const several = new Set(
    holders.filter(({ member }) => mayAlso(member) && isPerson(member)).map(({ member }) => member),
  );
  if (rule.most !== undefined && several.size > rule.most)
    found.push(
      warned(
        `${name}: ${[...several].join(', ')} may each ${means}`,
        'Only one person may, or a group for that person: remove the others.',
      ),
    );
  if (strangers.length > 0 && others !== 'fine') {
    const what = `${name}: ${byMember(strangers).join(', ')} may ${means}`;
    found.push(
      others === 'bad' ? wrong(what, 'Remove that binding.') : warned(what, 'Remove that binding, unless it is meant.'),
    );
  }
  return found;
};
