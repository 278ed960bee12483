import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import type { CoSigner } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import { approvalsWith, mustCount, objectUrl } from './approval.ts';
import { delayWords } from './delay-words.ts';
import type { OpenShares } from './open-shares.ts';
import { type Kept, keepPrediction, NOT_KEPT } from './prediction.ts';
import type { Picture } from './render-request.ts';
import { uploadShare, uploadsOf } from './upload.ts';

/** Whose shares are uploaded, and whether beside one that is there already. */
export interface Approving {
  readonly storage: Storage;
  readonly coSigner: CoSigner;
  readonly again: boolean;
}

/** `created`: false where an earlier upload stands. */
export interface Approved {
  readonly object: StoredObject;
  readonly created: boolean;
  /** What became of the prediction beside it. */
  readonly kept: Kept;
}

/** What was uploaded before, and stands for this approval; undefined where nothing was, or another is wanted. Throws as `mustCount`. */
export const approvedBefore = async (
  { storage, coSigner, again }: Approving,
  picture: Picture,
): Promise<Approved | undefined> => {
  const [object] = await uploadsOf(storage, coSigner.shareLocation, picture.id);
  if (object === undefined || again) return undefined;
  mustCount(picture, coSigner);
  return { object, created: false, kept: NOT_KEPT };
};

/**
 * Encrypts the share for this request alone and uploads it, with what the nodes said beside it. Approving twice is approving once, unless the first share does not count.
 * `leave`: what to tell whoever interrupts it. Throws as `openShares`, `uploadShare` and `mustCount`, and Interrupted.
 */
export const approve = async (
  session: Session,
  { storage, coSigner, again }: Approving,
  { picture, share, leave }: { readonly picture: Picture; readonly share: OpenShares; readonly leave: string },
): Promise<Approved> => {
  const ciphertext = await share.encryptedFor(picture);
  goOn(session.signal);
  session.leave(leave);
  const upload = uploadShare(storage, coSigner.shareLocation, picture.id, ciphertext, again);
  const both = Promise.all([upload, keepPrediction(storage, picture, coSigner)]);
  const [made, kept] = await session.out.during('uploading', both);
  if (!made.created) mustCount(picture, coSigner);
  return { ...made, kept };
};

/** What an approval has come to, as --json gives it. */
export const approvedJson = (picture: Picture, coSigner: CoSigner, { object, created, kept }: Approved) => ({
  id: picture.id,
  object: objectUrl(object),
  at: timeText(object.timeCreated),
  created,
  prediction: kept,
  approvals: approvalsWith(picture, coSigner),
  needed: picture.needed,
});

/** What follows, in a sentence. */
export const approvedWords = (picture: Picture, coSigner: CoSigner): string => {
  const missing = Math.max(0, picture.needed - approvalsWith(picture, coSigner));
  if (missing > 0) return `${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} needed.`;
  const delay = delayWords(picture);
  return `That is enough: ${delay ?? 'it is being signed'}.`;
};
