import { ceilingOf, type Fees } from '#core/transaction/fees.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import { mustBeRead } from './covered.ts';
import { type RegisterView, sealItems } from './rules.ts';

/**
 * What a pool takes in place of a transaction that pays this: a tenth more in both fees, and more than it. That is the default of geth,
 * Erigon, Nethermind, Besu and reth. Rounded up here, since some round and some do not. wei
 */
export const leastToReplace = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees): Fees => {
  const above = (fee: bigint): bigint => {
    const tenth = (fee * 11n + 9n) / 10n;
    return tenth > fee ? tenth : fee + 1n;
  };
  return { maxFeePerGas: above(maxFeePerGas), maxPriorityFeePerGas: above(maxPriorityFeePerGas) };
};

const outbids = (fees: Fees, least: Fees): boolean =>
  fees.maxFeePerGas >= least.maxFeePerGas && fees.maxPriorityFeePerGas >= least.maxPriorityFeePerGas;

/** The transactions of a ladder, independent of the requester. Where these are the same, what is signed is the same. */
const hashesOf = (request: TransactionRequest, nonce: bigint): readonly string[] =>
  rungsOf(request, nonce).map(({ unsignedHash }) => unsignedHash);

/**
 * Why a request that names the one it replaces must not be sealed. First: something sealed at its nonce (its target, or another
 * replacement) pays too much for its ceiling. Once that one's highest rung is out, no node takes any of this one's, but its author would
 * believe that it cancels. Second: one of its rungs is identical to a transaction of one of those. Mined, it would settle both and be
 * booked twice. A ladder's rungs are half as much again apart, so this happens when the same is requested with fees half as high again.
 * Undefined where nothing is in the way, or where it replaces no request. `out`: ids whose bytes may have reached a node. Throws what
 * `rungsOf` throws.
 */
export const replacementProblem = (
  id: string,
  request: TransactionRequest,
  view: RegisterView,
  out: ReadonlySet<string>,
): string | undefined => {
  if (!isRequestId(request.replaces)) return undefined;
  const nonce = BigInt(request.nonce);
  mustBeRead(view.covered, { ids: [id], nonce });
  const rivals = sealItems(view).filter((item) => item.id !== id && item.nonce === nonce);
  const fees = ceilingOf(request);
  for (const { id: other, request: rival } of rivals) {
    const least = leastToReplace(ceilingOf(rival));
    if (out.has(other) && !outbids(fees, least))
      return `nodes keep ${other} instead: maxFeePerGas must be ${least.maxFeePerGas} and maxPriorityFeePerGas ${least.maxPriorityFeePerGas} wei at least`;
  }
  const own = new Set(rivals.length === 0 ? [] : hashesOf(request, nonce));
  const same = rivals.find((rival) => hashesOf(rival.request, nonce).some((hash) => own.has(hash)));
  if (same === undefined) return undefined;
  return `one of its rungs is the very transaction of ${same.id}: give it a maxFeePerGas that is a thousand wei higher`;
};
