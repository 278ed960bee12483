import type { Binding, Inspector } from '#cli/app/session.ts';
import { imageNameOf, isNoDigest } from '#cli/deploy/image-context.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { CoSigner, Law } from '#schemas/config.ts';
import { judged } from './cel.ts';
import {
  type Check,
  each,
  type Findings,
  type Found,
  ok,
  onlyInCloud,
  unchecked,
  unjudged,
  warned,
  wrong,
} from './finding.ts';
import { attestedMember } from './identities.ts';
import { attributesOf, keyResource } from './resources.ts';

const DECRYPTS = ['roles/cloudkms.cryptoKeyDecrypter', 'roles/cloudkms.cryptoKeyEncrypterDecrypter'];
const SOON_MS = 14 * 86_400_000;

type Key = Pick<CoSigner, 'identityProvider' | 'releaseKey'>;

export interface Accepted {
  readonly digests: ReadonlySet<string>;
  /** By digest: the condition that could not be judged. It may be accepted, and counts as one that can open shares. */
  readonly unjudged: ReadonlyMap<string, string>;
}

/** Which digests a release key opens for at a time (ms): the end of an acceptance is the condition of its binding. */
export const acceptedDigests = (
  bindings: readonly Binding[],
  { identityProvider, releaseKey }: Key,
  at: number,
): Accepted => {
  const before = attestedMember(identityProvider, '');
  const context = { resource: attributesOf(releaseKey), request: { time: new Date(at) } };
  const all = bindings
    .filter(({ role }) => DECRYPTS.includes(role))
    .flatMap(({ condition, members }) => {
      const holds = judged(condition, context);
      const digests = members.filter((one) => one.startsWith(before)).map((one) => one.slice(before.length));
      return digests.map((digest) => ({ condition, digest, holds }));
    });
  const digests = new Set(all.filter(({ holds }) => holds === true).map(({ digest }) => digest));
  const doubtful = all.filter(({ digest, holds }) => holds === undefined && !digests.has(digest));
  return { digests, unjudged: new Map(doubtful.map(({ condition, digest }) => [digest, condition])) };
};

const acceptedFinding = (coSigner: CoSigner, bindings: readonly Binding[], digest: string, now: number): Found => {
  const { name } = coSigner;
  const { digests, unjudged: doubtful } = acceptedDigests(bindings, coSigner, now);
  const condition = doubtful.get(digest);
  if (condition !== undefined) return unjudged(`whether ${name} accepts ${digest}`, condition);
  const remedy = `${name} applies Terraform with accepted_images = { "${digest}" = "<end date>" }.`;
  if (!digests.has(digest)) return wrong(`${name} does not accept ${digest}`, remedy);
  return acceptedDigests(bindings, coSigner, now + SOON_MS).digests.has(digest)
    ? ok(`${name} accepts ${digest}`)
    : warned(`${name} accepts ${digest}, for less than 14 days from now`, remedy);
};

const keyFindings = (coSigner: CoSigner, bindings: readonly Binding[], digest: string, now: number): Findings => {
  const { name } = coSigner;
  const { digests, unjudged: doubtful } = acceptedDigests(bindings, coSigner, now);
  const most = digests.size + doubtful.size;
  return [
    acceptedFinding(coSigner, bindings, digest, now),
    ...[...doubtful]
      .filter(([other]) => other !== digest)
      .map(([other, condition]) => unjudged(`whether ${name} accepts ${other}`, condition)),
    ...(most > 2 ? [warned(`${name} accepts ${most} images`, 'Withdraw old ones: each can open every share.')] : []),
  ];
};

/** Whether each co-signer accepts this digest; undefined where it cannot be seen. */
export const acceptances = async (
  inspector: Inspector,
  law: Law,
  digest: string,
  now: number,
): Promise<ReadonlyMap<string, boolean | undefined>> => {
  const looked = law.coSigners.map(async (coSigner) => {
    const { name, releaseKey } = coSigner;
    try {
      const { digests, unjudged: doubtful } = acceptedDigests(
        await inspector.policy(keyResource(releaseKey)),
        coSigner,
        now,
      );
      return [name, doubtful.has(digest) ? undefined : digests.has(digest)] as const;
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
