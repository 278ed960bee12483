import type { InstanceClaims } from '#local/cloud/identity/instance-claims.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { Image } from './images.ts';
import type { LaunchSpec } from './launch-spec.ts';
import type { InstanceRecord } from './records.ts';

const IMAGES = /^(?:https:\/\/[^/]+\/compute\/v1\/)?projects\/confidential-space-images\/global\/images\/(.+)$/;
const HARDENED = /^(?:family\/confidential-space|confidential-space-[0-9]+)$/;

const sourceImage = ({ body }: InstanceRecord): string => body.disks[0]?.initializeParams.sourceImage ?? '';

/** Whether there is a launcher on the boot disk at all. */
export const isConfidentialSpace = (instance: InstanceRecord): boolean => IMAGES.test(sourceImage(instance));

/** The production image: `dbgstat` disabled-since-boot. Any other is taken for the debug image. */
export const isHardened = (instance: InstanceRecord): boolean =>
  HARDENED.test(IMAGES.exec(sourceImage(instance))?.[1] ?? '');

const hardwareOf = ({ body }: InstanceRecord): string => {
  const { enableConfidentialCompute, confidentialInstanceType = 'SEV' } = body.confidentialInstanceConfig ?? {};
  if (enableConfidentialCompute !== true) return 'GCP_SHIELDED_VM';
  return confidentialInstanceType === 'TDX' ? 'GCP_INTEL_TDX' : 'GCP_AMD_SEV';
};

/** What the verifier is told of a VM (token-claims page). Everything as the operator asked for it: whether such a VM is good enough is for the conditions of the pools to say. */
export const claimsOf = (
  project: World['project'],
  instance: InstanceRecord,
  run: {
    readonly image: Image;
    readonly spec: LaunchSpec;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  },
): InstanceClaims => {
  const { body } = instance;
  const secboot = body.shieldedInstanceConfig?.enableSecureBoot === true;
  const hwmodel = hardwareOf(instance);
  const hardened = isHardened(instance);
  return {
    projectId: project.id,
    projectNumber: project.number,
    zone: instance.zone,
    instanceName: instance.name,
    instanceId: instance.id,
    serviceAccount: body.serviceAccounts?.[0]?.email ?? '',
    imageReference: run.spec.imageReference,
    imageDigest: run.image.digest,
    imageId: run.image.id,
    restartPolicy: run.spec.restartPolicy,
    args: run.args,
    env: run.env,
    envOverride: run.spec.env,
    cmdOverride: run.spec.cmd,
    hwmodel,
    swname: secboot && hwmodel !== 'GCP_SHIELDED_VM' ? 'CONFIDENTIAL_SPACE' : 'GCE',
    dbgstat: hardened ? 'disabled-since-boot' : 'enabled',
    supportAttributes: hardened ? ['LATEST', 'STABLE', 'USABLE'] : [],
    secboot,
  };
};
