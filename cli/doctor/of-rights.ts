import { isKeyturnError } from '#schemas/codes.ts';
import type { CoSigner, Law } from '#schemas/config.ts';
import { imageNameOf, isNoDigest } from '../image-context.ts';
import type { Binding, Inspector } from '../session.ts';
import { type Check, type Finding, type Findings, ok, onlyInCloud, unchecked, warned, wrong } from './finding.ts';

type Found = Omit<Finding, 'area'>;

export const APIS = [
  'artifactregistry.googleapis.com',
  'cloudbuild.googleapis.com',
  'cloudfunctions.googleapis.com',
  'cloudkms.googleapis.com',
  'cloudscheduler.googleapis.com',
  'compute.googleapis.com',
  'confidentialcomputing.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'logging.googleapis.com',
  'monitoring.googleapis.com',
  'pubsub.googleapis.com',
  'run.googleapis.com',
  'secretmanager.googleapis.com',
  'storage.googleapis.com',
  'sts.googleapis.com',
] as const;

/** //iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/P/providers/X → everything attested with that digest, in that pool. */
export const attestedMember = (provider: string, digest: string): string =>
  `principalSet:${provider.replace(/\/providers\/[^/]+$/, '')}/attribute.image_digest/${digest}`;

const PUBLIC = ['allUsers', 'allAuthenticatedUsers'];
const DECRYPTS = ['roles/cloudkms.cryptoKeyDecrypter', 'roles/cloudkms.cryptoKeyEncrypterDecrypter'];

/** Which digests a release key opens for; the end of an acceptance is the condition. */
export const acceptedDigests = (bindings: readonly Binding[], provider: string, now: number): ReadonlySet<string> => {
  const before = attestedMember(provider, '');
  const live = bindings.filter(({ role, condition }) => {
    if (!DECRYPTS.includes(role)) return false;
    const [, until] = /request\.time\s*<\s*timestamp\("([^"]+)"\)/.exec(condition) ?? [];
    return condition === '' || (until !== undefined && Date.parse(until) > now);
  });
  return new Set(
    live.flatMap(({ members }) =>
      members.filter((one) => one.startsWith(before)).map((one) => one.slice(before.length)),
    ),
  );
};

const keyFindings = (coSigner: CoSigner, bindings: readonly Binding[], digest: string, now: number): Findings => {
  const { name, releaseKey, identityProvider } = coSigner;
  const accepted = acceptedDigests(bindings, identityProvider, now);
  const before = attestedMember(identityProvider, '');
  const others = bindings
    .filter(({ role }) => DECRYPTS.includes(role) || role === 'roles/owner')
    .flatMap(({ members }) => members)
    .filter((member) => !member.startsWith(before));
  return [
    accepted.has(digest)
      ? ok(`${name} accepts ${digest}`)
      : wrong(
          `${name} does not accept ${digest}`,
          `${name} applies Terraform with accepted_images = { "${digest}" = "<end date>" }.`,
        ),
    ...(accepted.size > 2
      ? [warned(`${name} accepts ${accepted.size} images`, 'Withdraw old ones: each can open every share.')]
      : []),
    ...(others.length === 0
      ? []
      : [
          wrong(
            `${releaseKey} can be used to decrypt by ${others.join(', ')}`,
            'Remove that binding: only the attested workload may open shares.',
          ),
        ]),
  ];
};

/** Whether each co-signer accepts this digest; undefined where it cannot be seen. */
export const acceptances = async (
  inspector: Inspector,
  law: Law,
  digest: string,
  now: number,
): Promise<ReadonlyMap<string, boolean | undefined>> => {
  const looked = law.coSigners.map(async ({ name, releaseKey, identityProvider }) => {
    try {
      const accepted = acceptedDigests(await inspector.keyPolicy(releaseKey), identityProvider, now);
      return [name, accepted.has(digest)] as const;
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return [name, error.code === 'NOT_FOUND' ? false : undefined] as const;
    }
  });
  return new Map(await Promise.all(looked));
};

const each = async <T>(items: readonly T[], name: (item: T) => string, look: (item: T) => Promise<Findings>) => {
  const found = items.map(async (item): Promise<Findings> => {
    try {
      return await look(item);
    } catch (error) {
      if (isKeyturnError(error, 'PERMISSION_DENIED'))
        return [unchecked(`${name(item)}: not visible to you`, 'Whoever owns it can run keyturn doctor too.')];
      if (isKeyturnError(error, 'NOT_FOUND'))
        return [wrong(`${name(item)}: is not there`, 'terraform apply makes it.')];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
};

const apis: Check = {
  area: 'apis',
  look: onlyInCloud('APIs', async ({ deployment, ports }) => {
    const project = deployment.config.law.operator.projectId;
    const enabled = await (await ports.inspector()).enabledApis(project, APIS);
    const missing = APIS.filter((api) => !enabled.has(api));
    return missing.length === 0
      ? [ok(`all ${APIS.length} APIs are enabled in ${project}`)]
      : missing.map((api) => wrong(`${api} is not enabled`, `gcloud services enable ${api} --project ${project}`));
  }),
};

const keys: Check = {
  area: 'co-signers',
  look: onlyInCloud('what each co-signer accepts', async ({ deployment, ports, clock }) => {
    const { law, operations } = deployment.config;
    const { digest } = imageNameOf(operations.image);
    if (isNoDigest(digest)) return [unchecked('no image yet that could be accepted')];
    const inspector = await ports.inspector();
    return each(
      law.coSigners,
      ({ name }) => name,
      async (one) => keyFindings(one, await inspector.keyPolicy(one.releaseKey), digest, clock.now()),
    );
  }),
};

const providers: Check = {
  area: 'identity',
  look: onlyInCloud('identity providers', async ({ deployment, ports }) => {
    const { law } = deployment.config;
    const inspector = await ports.inspector();
    const all = [law.operator, ...law.coSigners].map(({ identityProvider }) => identityProvider);
    return each(
      [...new Set(all)],
      (name) => name,
      async (name): Promise<Found[]> => {
        const { condition, issuer, disabled } = await inspector.identityProvider(name);
        const say = (what: string) => wrong(`${name}: ${what}`, 'Apply the Terraform module attested-pool to it.');
        if (disabled) return [say('is disabled')];
        if (issuer !== 'https://confidentialcomputing.googleapis.com') return [say(`trusts the issuer ${issuer}`)];
        const missing = [
          'CONFIDENTIAL_SPACE',
          'STABLE',
          'dbgstat',
          law.operator.projectNumber,
          law.operator.workloadAccount,
        ].filter((clause) => !condition.includes(clause));
        return missing.length === 0
          ? [ok(`${name}: its condition asks for what it must`)]
          : [say(`its condition does not ask for ${missing.join(', ')}`)];
      },
    );
  }),
};

const roles: Check = {
  area: 'roles',
  look: onlyInCloud('roles on buckets', async ({ deployment, ports }) => {
    const { law, operations } = deployment.config;
    const { buckets } = deployment;
    const inspector = await ports.inspector();
    const workload = attestedMember(law.operator.identityProvider, imageNameOf(operations.image).digest);
    const all = new Set([...Object.values(buckets), ...law.coSigners.map(({ shareLocation }) => shareLocation.bucket)]);
    const own: readonly string[] = [buckets.register, buckets.signed, buckets.results, buckets.work];
    return each(
      [...all],
      (bucket) => bucket,
      async (bucket): Promise<Found[]> => {
        const bindings = await inspector.bucketPolicy(bucket);
        const open = bindings.filter(({ members }) => members.some((member) => PUBLIC.includes(member)));
        const mayWrite = bindings.some(({ members }) => members.includes(workload));
        return [
          ...(open.length === 0
            ? []
            : [
                wrong(
                  `${bucket} is open to the public (${open.map(({ role }) => role).join(', ')})`,
                  'Remove that at once.',
                ),
              ]),
          ...(!own.includes(bucket) || mayWrite
            ? [ok(`${bucket}: ${bindings.length} bindings, none public`)]
            : [
                wrong(
                  `${bucket}: this image has no role on it`,
                  "Apply Terraform with the image's digest in image_digests.",
                ),
              ]),
        ];
      },
    );
  }),
};

export const rightsChecks: readonly Check[] = [apis, keys, providers, roles];
