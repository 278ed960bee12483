import type { StoredObject } from '#core/ports.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { validUntilMs } from '#schemas/request.ts';
import { explained } from './clear-of.ts';
import type { Picture } from './render-request.ts';

/** Throws what speaks against an approval by this co-signer now. */
export const mayApprove = (picture: Picture, coSigner: CoSigner): void => {
  const { request, now, votes, stage, verdict, wallet, law } = picture;
  const mine = votes.find((vote) => vote.coSigner === coSigner.name);
  if (mine === undefined)
    throw new KeyturnError('SHARE_UNKNOWN_CO_SIGNER', `${coSigner.name} holds no share of wallet ${wallet.name}`);
  if (stage === 'decided' || stage === 'submitted')
    throw new KeyturnError(
      'SHARE_LATE',
      `the request is ${picture.outcome?.outcome ?? 'signed and submitted'} already`,
    );
  if (validUntilMs(request) <= now)
    throw new KeyturnError('EXPIRED', `the request could be signed until ${request.validUntil} only`, {
      field: 'validUntil',
    });
  if (verdict.kind === 'denied') throw new KeyturnError(verdict.code, verdict.reason, { field: verdict.field });
  const [stop] = explained(picture).clear.stops;
  if (stop !== undefined) throw new KeyturnError(stop.code, `DO NOT APPROVE: ${stop.message}`, { field: stop.file });
  if (initiatorsOf(request, law).has(coSigner.name))
    throw new KeyturnError(
      'SHARE_OF_INITIATOR',
      `your law ties requester ${request.requester} to you, so your share does not count`,
    );
  if (mine.answer === 'rejected')
    throw new KeyturnError('REJECTED', 'you have rejected this request, and a rejection beats a share');
};

/** An upload of before stands for this one, unless its share does not count. Throws what it was refused with. */
export const mustCount = ({ votes }: Picture, coSigner: CoSigner): void => {
  const mine = votes.find((vote) => vote.coSigner === coSigner.name);
  if (mine?.answer !== 'bad') return;
  const code = mine.code ?? 'SHARE_CIPHERTEXT';
  throw new KeyturnError(code, 'the share that you uploaded before does not count: upload another with --again', {
    field: 'again',
  });
};

/** How many approve it together with this co-signer. */
export const approvalsWith = ({ votes }: Picture, coSigner: CoSigner): number =>
  votes.filter(({ answer, coSigner: name }) => answer === 'approved' && name !== coSigner.name).length + 1;

export const objectUrl = ({ bucket, name }: Pick<StoredObject, 'bucket' | 'name'>): string => `gs://${bucket}/${name}`;
