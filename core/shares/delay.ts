import type { StoredObject } from '#core/ports.ts';
import type { ShareObjects } from './list.ts';
import type { ShareState } from './quorum.ts';

/** When the delay of a request ends, and by what. All times ms. */
export interface DelayInput {
  /** As the listings show them: the uploads to try of each holder. */
  readonly uploads: ShareState['uploads'];
  /** Approvals that the policy asks for. */
  readonly needed: number;
  readonly delay: number;
  /** When `request.json` was created. Nobody can veto what nobody was shown, however early the shares came. Unknown: it has not begun. */
  readonly requestedAt: number | undefined;
}

/** From when to when it runs (ms), and the share that completed the approvals. */
export interface DelayRun {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly share: Pick<StoredObject, 'name' | 'generation'>;
}

/**
 * The delay starts at the k-th oldest counted share. Of each holder the newest upload to try counts, so a new upload starts it anew. Cloud
 * Storage sets the times; whoever uploads cannot. Undefined: too few approve.
 */
export const delayRun = ({ uploads, needed, delay, requestedAt }: DelayInput): DelayRun | undefined => {
  const share = uploads
    .flatMap(({ objects }) => objects.toSorted((a, b) => b.timeCreated - a.timeCreated).slice(0, 1))
    .sort((a, b) => a.timeCreated - b.timeCreated)[needed - 1];
  if (share === undefined) return undefined;
  const startedAt = Math.max(share.timeCreated, requestedAt ?? Number.MAX_SAFE_INTEGER);
  return { startedAt, endedAt: startedAt + delay, share };
};

/** ms. Infinity: too few approve. */
export const delayEnd = (input: DelayInput): number => delayRun(input)?.endedAt ?? Number.POSITIVE_INFINITY;

/** Who stands against a request with a delay. Where a place cannot be listed, a veto may lie in it: nobody goes on. */
export type Opposition =
  | { readonly kind: 'none' }
  | { readonly kind: 'veto'; readonly coSigner: string }
  | { readonly kind: 'unlisted'; readonly coSigner: string };

export const oppositionIn = ({ rejections, unreachable }: Omit<ShareObjects, 'shares'>): Opposition => {
  const [veto] = rejections.keys();
  if (veto !== undefined) return { kind: 'veto', coSigner: veto };
  const [unlisted] = unreachable.keys();
  return unlisted === undefined ? { kind: 'none' } : { kind: 'unlisted', coSigner: unlisted };
};
