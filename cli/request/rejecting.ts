import { goOn } from '#cli/app/interrupt.ts';
import type { Session } from '#cli/app/session.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { canonicalBytes } from '#schemas/canonical.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { rejectionObject } from '#schemas/names.ts';
import { delayWords } from './delay-words.ts';
import type { Picture } from './render-request.ts';

/** `created`: false where it was rejected before. */
export interface Rejected {
  readonly object: StoredObject;
  readonly created: boolean;
}

/** Throws what speaks against a rejection by this co-signer now. */
export const mayReject = ({ stage, outcome, votes, wallet }: Picture, coSigner: string): void => {
  if (!votes.some((vote) => vote.coSigner === coSigner))
    throw new KeyturnError('SHARE_UNKNOWN_CO_SIGNER', `${coSigner} holds no share of wallet ${wallet.name}`);
  if (stage === 'submitted' || stage === 'decided')
    throw new KeyturnError('SHARE_LATE', `the request is ${outcome?.outcome ?? 'signed and submitted'} already`);
};

export const rejectedBefore = async (
  storage: Storage,
  { shareLocation }: CoSigner,
  id: string,
): Promise<Rejected | undefined> => {
  const object = await storage.stat(shareLocation.bucket, rejectionObject(shareLocation, id));
  return object === undefined ? undefined : { object, created: false };
};

/** Throws Interrupted, and what Storage throws. */
export const reject = async (
  session: Session,
  storage: Storage,
  { shareLocation }: CoSigner,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<Rejected> => {
  goOn(session.signal);
  session.leave(`the rejection may have been made: ${session.commandLine(`show ${id.slice(0, 8)}`)}`);
  const made = storage.createOnce(shareLocation.bucket, rejectionObject(shareLocation, id), canonicalBytes({ reason }));
  return session.out.during('rejecting', made);
};

/** Whether a rejection by this co-signer closes it, and what follows in a sentence. */
export const closing = (
  picture: Picture,
  coSigner: string,
): { readonly closes: boolean; readonly sentence: string } => {
  const left = picture.votes.filter(
    ({ answer, coSigner: name }) => answer !== 'rejected' && answer !== 'initiator' && name !== coSigner,
  );
  if (delayWords(picture) !== undefined)
    return {
      closes: true,
      sentence:
        'It has a delay, so this is a veto: it will be closed. If it is sealed by now, its bytes stay in, and only cancel frees its nonce.',
    };
  return left.length < picture.needed
    ? { closes: true, sentence: 'Too few co-signers are left to approve it: it will be closed.' }
    : { closes: false, sentence: 'The other co-signers may still approve it.' };
};
