import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import { newPki } from '#local/cloud/identity/pki.ts';
import { newSigningKey } from '#local/cloud/identity/signing-key.ts';
import { AttestationVerifier } from '#local/cloud/identity/verifier.ts';
import { createWorld, type World } from '#local/cloud/runtime/world.ts';
import { VirtualClock } from '#test/support/virtual-clock.ts';

export const OPERATOR_NUMBER = '123456789012';
export const ACCOUNT = 'workload@keyturn-local.iam.gserviceaccount.com';
export const DIGEST = `sha256:${'ab'.repeat(32)}`;
export const START_MS = Date.UTC(2026, 10, 22, 12);

/** A production VM as local Compute would describe it. */
export const instance: InstanceClaims = {
  projectId: 'keyturn-local',
  projectNumber: OPERATOR_NUMBER,
  zone: 'europe-west1-b',
  instanceName: 'turn-main-1',
  instanceId: '1234567890123456789',
  serviceAccount: ACCOUNT,
  imageReference: `europe-docker.pkg.dev/keyturn-local/tee/keyturn@${DIGEST}`,
  imageDigest: DIGEST,
  imageId: `sha256:${'cd'.repeat(32)}`,
  restartPolicy: 'Never',
  args: ['node', '/app/main.js'],
  env: { NODE_ENV: 'production' },
  envOverride: { KEYTURN_TURN: 'main/1' },
};

/** Made once: a key costs tens of milliseconds, and tokens of one key are the same in each world. */
export const oidc = newSigningKey();
const clock = new VirtualClock(START_MS);
export const pki = await newPki(createWorld({ clock }));

export const letAttest = (world: World): void =>
  world.iam.bind({
    id: 'attest',
    resource: 'projects/keyturn-local',
    role: 'roles/confidentialcomputing.workloadUser',
    members: [`serviceAccount:${ACCOUNT}`],
  });

export const setUp = () => {
  const ownClock = new VirtualClock(START_MS);
  const world = createWorld({ clock: ownClock });
  letAttest(world);
  return { clock: ownClock, world, verifier: new AttestationVerifier(world, { oidc, pki }) };
};
