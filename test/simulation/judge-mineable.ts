import type { Faulter } from './call-faults.ts';
import type { ChainModel } from './chain-model.ts';
import type { Observer } from './observer.ts';
import type { Profile } from './profiles.ts';
import type { Sent } from './sent.ts';

/** Blocks within which a transaction is mined that is next in line and pays the base fee. */
const WITHIN = 60;

/** Whether the chain stays as it was judged: nothing else takes money or blocks away, and enough urls answered. */
const isSteady = ({ chain, reorgs, foreign, rpc, hostile }: Profile): boolean =>
  [chain, reorgs, foreign, rpc, hostile].every((each) => each === 0);

/** 9: what was admitted is not refused for a reason that was known before it was sealed. Lower rungs may offer less tip than the chain takes. */
export const judgeRefusal = (
  { observer, faults }: { readonly observer: Observer; readonly faults: Faulter },
  { hash, nonce }: Sent,
  words: string,
): void => {
  const sealed = observer.rungs.get(hash);
  if (sealed === undefined || !isSteady(faults.profile) || sealed.item.rungs.at(-1) !== hash) return;
  observer.fail('9 refused', `${sealed.item.id} is sealed at nonce ${nonce}, and no block can hold it: ${words}`);
};

/** 9: what a node took is mined soon, once it is next in line. */
export const minedInTime = ({
  observer,
  faults,
  chains,
}: {
  readonly observer: Observer;
  readonly faults: Faulter;
  readonly chains: ReadonlyMap<string, ChainModel>;
}): void => {
  if (!isSteady(faults.profile)) return;
  for (const chain of chains.values())
    for (const { hash, from, nonce, maxFee } of chain.pool.values()) {
      if (nonce !== chain.count(from) || maxFee < chain.head.baseFee) continue;
      const before = chain.minedOf(from).reduce((last, { block }) => Math.max(last, block.number), 0);
      const waited = chain.head.number - Math.max(before, chain.takenAt.get(hash) ?? chain.head.number);
      if (waited > WITHIN) observer.fail('9 mined', `${hash} was taken, and is not mined after ${waited} blocks`);
    }
};
