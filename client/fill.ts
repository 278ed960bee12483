import { mostFeeWei } from '#core/policy.ts';
import { neededGas } from '#core/transaction/gas-rules.ts';
import { roomyGas, tipFrom, usualCeiling, withinPolicy } from '#core/transaction/suggest-fees.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { chainOf, type Law } from '#schemas/config.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import type { RequestField, TransactionRequest } from '#schemas/request.ts';
import type { NodeHints } from './api.ts';
import { missingOf, placeOf } from './fields.ts';

type Draft = Readonly<Record<RequestField, string>>;

const missing = (field: RequestField, message: string) => new KeyturnError('MISSING_FIELD', message, { field });

const gasOf = async (law: Law, draft: Draft, node: NodeHints, now: number): Promise<string> => {
  const { wallet, chainId } = placeOf(law, draft);
  const rules = gasRulesOf(chainOf(law, chainId) ?? { chainId });
  const { to, value, data } = draft;
  const call = { from: wallet.address, to: to === '' ? null : to, value: BigInt(value), data };
  const estimate = await node.estimateGas(call);
  const { gas: least } = neededGas(draft, rules, { from: wallet.address, accountExists: 'unknown', at: now });
  return `${roomyGas(estimate, least, rules.maxTransactionGas)}`;
};

const feesOf = async (law: Law, draft: Draft, node: NodeHints): Promise<Partial<Draft>> => {
  const { wallet, chainId } = placeOf(law, draft);
  const { leastTip } = gasRulesOf(chainOf(law, chainId) ?? { chainId });
  const given = draft.maxPriorityFeePerGas;
  const tip = given === '' ? tipFrom(await node.tips(), leastTip) : BigInt(given);
  if (tip === undefined) throw missing('maxPriorityFeePerGas', 'must be given: the node suggests no tip');
  const gas = BigInt(draft.gasLimit);
  const ceiling = async (): Promise<bigint> => {
    const base = await node.baseFee();
    if (base === undefined) throw missing('maxFeePerGas', 'must be given: the node shows no base fee');
    return withinPolicy(usualCeiling(base, tip), gas, mostFeeWei(draft, wallet.policy));
  };
  const price = draft.maxFeePerGas === '' ? await ceiling() : BigInt(draft.maxFeePerGas);
  if (draft.type !== '2') return { maxFeePerGas: `${price}` };
  return { maxFeePerGas: `${price}`, maxPriorityFeePerGas: given === '' ? `${tip < price ? tip : price}` : given };
};

/**
 * Fills in gas and fees as `keyturn request` does. A quarter more gas than estimated; a ceiling, within the policy, that holds while the base fee
 * doubles. Throws MISSING_FIELD where nobody can be asked. `now`: ms.
 */
export const filled = async (law: Law, draft: Draft, node: NodeHints | undefined, now: number): Promise<Draft> => {
  const lacking = missingOf(draft);
  const [first] = lacking;
  if (first === undefined) return draft;
  if (node === undefined)
    throw missing(first, `${lacking.join(', ')} must be given, or a node that can be asked for them`);
  const gasLimit = draft.gasLimit === '' ? await gasOf(law, draft, node, now) : draft.gasLimit;
  const withGas: TransactionRequest = { ...draft, gasLimit };
  return missingOf(withGas).length === 0 ? withGas : { ...withGas, ...(await feesOf(law, withGas, node)) };
};
