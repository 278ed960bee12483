import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { readFact } from '#core/facts/store.ts';
import type { Storage, StoredObject } from '#core/ports.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { listShares } from '#core/shares/list.ts';
import { shareState } from '#core/shares/quorum.ts';
import { type Code, KeyturnError } from '#schemas/codes.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import { badShareObject } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

/**
 * What one holder answered to one request, as far as this identity may see. `initiator`: the law ties who asks to this holder, whose share does
 * not count. `unverified`: approved, says a function, and no share is seen here. `code`: why a share does not count.
 */
export interface Vote {
  readonly coSigner: string;
  readonly answer: 'approved' | 'unverified' | 'rejected' | 'bad' | 'initiator' | 'none' | 'hidden';
  /** ms */
  readonly at: number | undefined;
  readonly code: Code | undefined;
}

/** Holders whose shares do not count, since they asked for it. */
export const initiatorsIn = ({ votes }: { readonly votes: readonly Vote[] }): readonly string[] =>
  votes.filter(({ answer }) => answer === 'initiator').map(({ coSigner }) => coSigner);

export const initiatorWords = (names: readonly string[]): string =>
  `The share of ${names.join(' and ')} does not count: the law ties the requester to that co-signer, and who asks does not approve.`;

/** As --json shows it. */
export const voteJson = ({ coSigner, answer, at, code }: Vote) => ({
  coSigner,
  answer,
  at: at === undefined ? null : timeText(at),
  code: code ?? null,
});

type Seen = { readonly shares: readonly StoredObject[]; readonly rejection: StoredObject | undefined } | 'hidden';

/** One holder at a time: a co-signer may be allowed to list their own location only, and that is no reason to show nothing. */
const see = async (storage: Storage, law: Law, wallet: Wallet, coSigner: string, id: string): Promise<Seen> => {
  const alone = { ...wallet, holders: wallet.holders.filter((holder) => holder.coSigner === coSigner) };
  const { shares, rejections, unreachable } = await listShares(() => storage, law, alone, id);
  const code = unreachable.get(coSigner);
  if (code === 'PERMISSION_DENIED') return 'hidden';
  if (code !== undefined) throw new KeyturnError(code, `what ${coSigner} answered cannot be listed`);
  return { shares: shares.get(coSigner) ?? [], rejection: rejections.get(coSigner) };
};

/**
 * Who approved and who rejected: what lies in the key buckets, judged as `collect` judges it. Where that is not visible or already cleared
 * away, what the facts say: the word of a function, which may be hostile.
 */
export const loadVotes = async (
  storage: Storage,
  results: string,
  law: Law,
  wallet: Wallet,
  facts: RequestFacts,
): Promise<readonly Vote[]> => {
  const counted = new Set([...(facts.approved?.fact.coSigners ?? []), ...(facts.submitted?.fact.approvedBy ?? [])]);
  const request = facts.request?.fact.request;
  const initiators = request === undefined ? new Set<string>() : initiatorsOf(request, law);
  return Promise.all(
    wallet.holders.map(async ({ coSigner }): Promise<Vote> => {
      const seen = await see(storage, law, wallet, coSigner, facts.id);
      const vote = (answer: Vote['answer'], at?: number, code?: Code): Vote => ({ coSigner, answer, at, code });
      const isInitiator = initiators.has(coSigner);
      if (isInitiator && (seen === 'hidden' || seen.rejection === undefined))
        return vote('initiator', undefined, 'SHARE_OF_INITIATOR');
      if (seen === 'hidden') return vote(counted.has(coSigner) ? 'unverified' : 'hidden');
      const { shares, rejection } = seen;
      if (rejection !== undefined) return vote('rejected', rejection.timeCreated);
      const { uploads, ignored } = shareState({
        wallet,
        needed: 1,
        shares: new Map([[coSigner, shares]]),
        rejections: new Set(),
        initiators,
        knownBad: facts.knownBad,
      });
      const first = uploads.find((one) => one.coSigner === coSigner)?.objects[0];
      if (first !== undefined) return vote('approved', first.timeCreated);
      const blamed = facts.knownBad.findLast((one) => one.coSigner === coSigner);
      if (blamed !== undefined) {
        const fact = await readFact(storage, {
          kind: 'badShare',
          bucket: results,
          name: badShareObject(facts.id, coSigner, blamed.generation),
        });
        return vote('bad', undefined, fact?.fact.code);
      }
      const fault = ignored[0];
      if (fault !== undefined) return vote('bad', undefined, fault.code);
      return vote(counted.has(coSigner) ? 'unverified' : 'none');
    }),
  );
};
