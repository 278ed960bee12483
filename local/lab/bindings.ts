import type { Binding } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Law } from '#schemas/config.ts';
import { OWNER } from './people.ts';
import { readLabPlan } from './plan-file.ts';
import { planGrants } from './plan-grants.ts';

type Grant = Omit<Binding, 'id'>;

const nameOf = ({ name }: { name: string }): string => name;

/** The owner's: what it takes to set the lab up and to play with it through the plain port. */
const ownerGrants = (world: World, keyProjects: readonly string[]): readonly Grant[] => [
  ...[
    'roles/pubsub.admin',
    'roles/storage.admin',
    'roles/cloudkms.admin',
    // The law names the public key of who signs events.
    'roles/cloudkms.publicKeyViewer',
    'roles/iam.serviceAccountUser',
  ].map((role) => ({ resource: `projects/${world.project.id}`, role, members: [nameOf(OWNER)] })),
  ...keyProjects.map((project) => ({
    resource: `projects/${project}`,
    role: 'roles/cloudkms.admin',
    members: [nameOf(OWNER)],
  })),
];

const bindAll = (world: World, list: readonly Grant[]): void => {
  for (const [n, grant] of list.entries()) world.iam.bind({ id: `${grant.resource} ${grant.role} #${n}`, ...grant });
};

/** `keyProjects`: those besides the world's own in which keys lie. */
export const bindOwner = (world: World, keyProjects: readonly string[] = []): void =>
  bindAll(world, ownerGrants(world, keyProjects));
/** Who may do what in the lab: what the plan of its example gives. A right that is missing there fails here too. */
export const bindLab = (world: World, law: Law, digest: string, plan = readLabPlan()): void =>
  bindAll(world, planGrants(plan, world, law, digest));
