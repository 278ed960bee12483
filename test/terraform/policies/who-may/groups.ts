import { type AccountName, agentsOf, attestedMember, memberOf, projectNumberOf } from '#cli/doctor/identities.ts';
import type { CoSigner } from '#schemas/config.ts';
import type { Subject } from '../finding.ts';

/** Members that a rule names by one word. */
export interface Group {
  readonly says: string;
  readonly members: readonly string[];
}

/** Everybody of a deployment, by the exact spelling of IAM: a namesake at another domain is a stranger. */
export const groupsOf = ({ config: { law }, people }: Subject) => {
  const digests = Object.keys(people.images);
  const image = (says: string, provider: string): Group => ({
    says,
    members: digests.map((digest) => attestedMember(provider, digest)),
  });
  const { pubsub, scheduler } = agentsOf(law);
  const storageAgent = (coSigner: CoSigner): string => {
    const shared = coSigner.shareLocation.bucket === `${law.name}-keys`;
    return `serviceAccount:service-${shared ? law.operator.projectNumber : projectNumberOf(coSigner)}@gs-project-accounts.iam.gserviceaccount.com`;
  };
  return {
    account: (name: AccountName): Group => ({ says: name, members: [memberOf(law, name)] }),
    coSigner: ({ name }: CoSigner): Group => ({ says: name, members: [people.coSigners[name] ?? ''] }),
    coSigners: { says: 'co-signers', members: Object.values(people.coSigners) },
    dapps: { says: 'dApps', members: people.dapps },
    finance: { says: 'finance', members: people.finance },
    operators: { says: 'operators', members: people.operators },
    image: image("the attested image in the operator's pool", law.operator.identityProvider),
    imageOf: ({ name, identityProvider }: CoSigner): Group =>
      image(`the attested image in ${name}'s pool`, identityProvider),
    pubsub: { says: 'the agent of Pub/Sub', members: [pubsub] },
    scheduler: { says: 'the agent of Cloud Scheduler', members: [scheduler] },
    storage: { says: 'the agent of Cloud Storage', members: [...new Set(law.coSigners.map(storageAgent))] },
  } as const;
};

export type Groups = ReturnType<typeof groupsOf>;
