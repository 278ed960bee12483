import type { FoundWait } from '#core/facts/wait.ts';
import type { ShareObjects } from '#core/shares/list.ts';
import type { Collection } from './collect.ts';

/** What a request waits for that not enough co-signers approved. `objects`: as they were listed. */
export const missingApprovals = (
  { state, needed }: Extract<Collection, { readonly kind: 'count' }>,
  { unreachable }: Pick<ShareObjects, 'unreachable'>,
): FoundWait =>
  // Who cannot be listed may have approved already, unless that share would not count.
  [...unreachable.keys()].some((coSigner) => !state.initiators.includes(coSigner))
    ? { code: 'SHARE_UNREACHABLE' }
    : { code: 'NOT_ENOUGH_SHARES', numbers: { have: BigInt(state.countable.length), need: BigInt(needed) } };

/** What a request waits for that enough co-signers approved, and that has a delay. `now`: ms. */
export const delayWait = (
  { until, unlisted }: Pick<Extract<Collection, { readonly kind: 'delay' }>, 'until' | 'unlisted'>,
  now: number,
): FoundWait =>
  until > now || unlisted === undefined
    ? { code: 'DELAYED', numbers: { until: BigInt(Math.ceil(until / 1000)) } }
    : { code: 'VOTE_UNREACHABLE', coSigner: unlisted };
