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

/**
 * The delay starts at the k-th oldest counted share. Of each holder the newest upload to try counts, so a new upload starts it anew. Cloud
 * Storage sets the times; whoever uploads cannot. Infinity: too few approve.
 */
export const delayEnd = ({ uploads, needed, delay, requestedAt }: DelayInput): number => {
  const times = uploads
    .filter(({ objects }) => objects.length > 0)
    .map(({ objects }) => Math.max(...objects.map(({ timeCreated }) => timeCreated)))
    .sort((a, b) => a - b);
  const start = times[needed - 1];
  const shownAt = requestedAt ?? Number.MAX_SAFE_INTEGER;
  return start === undefined ? Number.POSITIVE_INFINITY : Math.max(start, shownAt) + delay;
};

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
