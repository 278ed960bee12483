import type { Binding, Inspector } from '#cli/app/session.ts';
import { imageNameOf, isNoDigest } from '#cli/deploy/image-context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { CoSigner, Law } from '#schemas/config.ts';
import { admits } from './cel.ts';
import { type Check, each, type Findings, ok, onlyInCloud, unchecked, warned, wrong } from './finding.ts';
import { attestedMember } from './identities.ts';
import { keyResource } from './resources.ts';

const DECRYPTS = ['roles/cloudkms.cryptoKeyDecrypter', 'roles/cloudkms.cryptoKeyEncrypterDecrypter'];
const SOON_MS = 14 * 86_400_000;

/** Which digests a release key opens for at a time (ms): the end of an acceptance is the condition of its binding. */
export const acceptedDigests = (bindings: readonly Binding[], provider: string, at: number): ReadonlySet<string> => {
  const before = attestedMember(provider, '');
  const context = { request: { time: new Date(at) } };
  const live = bindings.filter(
    ({ role, condition }) => DECRYPTS.includes(role) && (condition === '' || admits(condition, context)),
  );
  return new Set(
    live.flatMap(({ members }) =>
      members.filter((one) => one.startsWith(before)).map((one) => one.slice(before.length)),
    ),
  );
};

const keyFindings = (coSigner: CoSigner, bindings: readonly Binding[], digest: string, now: number): Findings => {
  const { name, identityProvider } = coSigner;
  const accepted = acceptedDigests(bindings, identityProvider, now);
  const remedy = `${name} applies Terraform with accepted_images = { "${digest}" = "<end date>" }.`;
  const lasts = acceptedDigests(bindings, identityProvider, now + SOON_MS).has(digest);
  return [
    !accepted.has(digest)
      ? wrong(`${name} does not accept ${digest}`, remedy)
      : lasts
        ? ok(`${name} accepts ${digest}`)
        : warned(`${name} accepts ${digest}, for less than 14 days from now`, remedy),
    ...(accepted.size > 2
      ? [warned(`${name} accepts ${accepted.size} images`, 'Withdraw old ones: each can open every share.')]
      : []),
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
      const bindings = await inspector.policy(keyResource(releaseKey));
      return [name, acceptedDigests(bindings, identityProvider, now).has(digest)] as const;
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      return [name, error.code === 'NOT_FOUND' ? false : undefined] as const;
    }
  });
  return new Map(await Promise.all(looked));
};

const acceptance: Check = {
  area: 'co-signers',
  look: onlyInCloud('what each co-signer accepts', async ({ deployment, ports, clock }) => {
    const { law, operations } = deployment.config;
    const { digest } = imageNameOf(operations.image);
    if (isNoDigest(digest)) return [unchecked('no image yet that could be accepted')];
    const inspector = await ports.inspector();
    return each(
      law.coSigners,
      ({ name, releaseKey }) => ({
        name: `what ${name} accepts`,
        needs: `cloudkms.cryptoKeys.getIamPolicy on ${releaseKey}; ${name} has it`,
      }),
      async (one) => keyFindings(one, await inspector.policy(keyResource(one.releaseKey)), digest, clock.now()),
    );
  }),
};

export const keyChecks: readonly Check[] = [acceptance];
