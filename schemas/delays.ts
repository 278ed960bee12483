import { z } from 'zod';
import type { ShareLocation } from './names.ts';
import { name, spelled, uint256 } from './spellings.ts';
import { isOneLimit, tokenCap } from './tokens.ts';

/** s that must be left of a request after its delay: time for a machine to boot and to sign. */
export const AFTER_DELAY_SECONDS = 600;

/** Above this amount nothing is sealed for so long after the approvals, and each co-signer of the wallet may veto. */
export const delay = z
  .strictObject({
    name: spelled(name),
    seconds: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400),
    aboveWei: spelled(uint256).optional(),
    chainId: tokenCap.chainId.optional(),
    token: tokenCap.token.optional(),
    aboveUnits: spelled(uint256).optional(),
  })
  .superRefine(({ aboveWei, chainId, token, aboveUnits }, context) => {
    if (!isOneLimit(aboveWei, [chainId, token, aboveUnits]))
      context.addIssue({
        code: 'custom',
        path: ['aboveWei'],
        message: 'a delay has either aboveWei, or chainId, token and aboveUnits',
      });
  })
  .readonly();

export type PolicyDelay = z.infer<typeof delay>;

export const delays = z
  .array(delay)
  .max(16)
  .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'a delay name stands twice');

interface LawParts {
  readonly name: string;
  readonly operator: { readonly projectNumber: string };
  readonly register: { readonly lock: 'required' | 'off' };
  readonly endpoints?: unknown;
  readonly limits: { readonly maxValiditySeconds: number };
  readonly coSigners: readonly {
    readonly name: string;
    readonly identityProvider: string;
    readonly shareLocation: ShareLocation;
  }[];
  readonly wallets: readonly {
    readonly holders: readonly { readonly coSigner: string }[];
    readonly policy: { readonly delays?: readonly PolicyDelay[] | undefined };
  }[];
}

/** Whether a place is a bucket of its own, in a project that is not the operator's. Who may delete from it, doctor looks at. */
const ownPlaceProblem = (law: LawParts, coSigner: string): string | undefined => {
  const one = law.coSigners.find((each) => each.name === coSigner);
  if (one === undefined) return undefined;
  const { bucket, prefix } = one.shareLocation;
  if (prefix !== '' || law.coSigners.some((each) => each !== one && each.shareLocation.bucket === bucket))
    return `a veto needs a place that the operator cannot empty: ${coSigner}'s must be a bucket of its own, without a prefix`;
  if (bucket === `${law.name}-keys`)
    return `a veto needs a place that the operator cannot empty: ${bucket} is the operator's`;
  return one.identityProvider.includes(`/projects/${law.operator.projectNumber}/`)
    ? `a veto needs a place that the operator cannot empty: ${coSigner} has no project besides the operator's`
    : undefined;
};

/** A lab: no lock, or services that are not Google's. There the operator is trusted with votes, so a veto may lie in a place of theirs. */
export const trustsOperatorWithVotes = ({ register, endpoints }: Pick<LawParts, 'register' | 'endpoints'>): boolean =>
  register.lock === 'off' || endpoints !== undefined;

/** What is wrong with the delays of a law. */
export const delayProblems = (
  law: LawParts,
): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] =>
  law.wallets.flatMap(({ holders, policy }, w) => {
    const { delays: all = [] } = policy;
    if (all.length === 0) return [];
    const most = law.limits.maxValiditySeconds - AFTER_DELAY_SECONDS;
    const tooLong = all.flatMap(({ seconds }, n) =>
      seconds > most
        ? [
            {
              path: ['wallets', w, 'policy', 'delays', n, 'seconds'],
              message: `must be at most ${most}: maxValiditySeconds, less ${AFTER_DELAY_SECONDS} for the machine`,
            },
          ]
        : [],
    );
    const places = trustsOperatorWithVotes(law) ? [] : holders.map(({ coSigner }) => ownPlaceProblem(law, coSigner));
    return [
      ...tooLong,
      ...places.flatMap((message) =>
        message === undefined ? [] : [{ path: ['wallets', w, 'policy', 'delays'], message }],
      ),
    ];
  });
