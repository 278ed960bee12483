import type { World } from '#local/frame/world.ts';
import { attestationCondition, attestationMapping } from '#local/identity/attestation-condition.ts';
import { ATTESTATION_ISSUER } from '#local/identity/instance-claims.ts';
import type { Provider } from '#local/identity/provider.ts';
import { accountEmail, PROVIDER, poolOf } from './people.ts';

/** The provider of one pool: k+1 of them, all with the same condition, each trusted for its owner's things only. */
export const providerOf = (world: World, who: string): Provider => ({
  projectNumber: world.project.number,
  pool: poolOf(who),
  provider: PROVIDER,
  issuer: ATTESTATION_ISSUER,
  allowedAudiences: ['https://sts.googleapis.com'],
  attributeMapping: attestationMapping(),
  attributeCondition: attestationCondition({
    projectNumber: world.project.number,
    serviceAccount: accountEmail(world, 'workload'),
    allowedEnv: ['KEYTURN_TURN'],
  }),
});
