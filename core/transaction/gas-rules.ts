import type { ForkName } from '#schemas/chain.ts';
import type { GasRules } from '#schemas/gas-rules.ts';
import { type RequestField, type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { ceilingOf, maxFee, mostItCosts } from './fees.ts';
import { forksUntil } from './forks.ts';
import { type AccountExists, leastGas, SCHEDULES_OF } from './gas-schedule.ts';

/** Why no node would take a transaction, or why it would fail for sure: the request's field, and words that name the number. */
export interface GasProblem {
  readonly field: RequestField;
  readonly reason: string;
}

export interface GasQuestion {
  /** The wallet's address, EIP-55. */
  readonly from: string;
  readonly accountExists: AccountExists;
  /** ms: now */
  readonly at: number;
}

/** A gas limit that a transaction needs, and the fork that asks for it. */
export interface GasNeed {
  readonly gas: bigint;
  readonly fork: ForkName;
}

/** The strictest of the forks that count until the request's validity ends, and of the ways in which nodes read them. */
export const neededGas = (
  request: TransactionRequest,
  rules: GasRules,
  { from, accountExists, at }: GasQuestion,
): GasNeed =>
  forksUntil(rules.forks, Math.max(at, validUntilMs(request)))
    .flatMap((fork) => SCHEDULES_OF[fork].map((schedule) => ({ fork, schedule })))
    .map(({ fork, schedule }): GasNeed => ({ gas: leastGas(request, from, schedule, accountExists), fork }))
    .reduce((most, need) => (need.gas > most.gas ? need : most), { gas: 0n, fork: 'osaka' });

/** wei: one more than the largest number that the chain can hold. */
const WORD = 2n ** 256n;

/**
 * All that the gas rules of its chain say against a request. Pure: intake, the command line and the attested image ask the same. What it
 * admits at one time it admits until `validUntil`.
 */
export const gasProblems = (
  request: TransactionRequest,
  rules: GasRules,
  question: GasQuestion,
): readonly GasProblem[] => {
  const found: GasProblem[] = [];
  const { type, gasLimit } = request;
  const gas = BigInt(gasLimit);
  const chain = `chain ${rules.chainId}`;
  if (!rules.transactionTypes.includes(type))
    found.push({ field: 'type', reason: `must be ${rules.transactionTypes.join(' or ')} on ${chain}` });
  const need = neededGas(request, rules, question);
  if (gas < need.gas) found.push({ field: 'gasLimit', reason: tooLow(request, rules, question, need) });
  if (gas > rules.maxTransactionGas)
    found.push({
      field: 'gasLimit',
      reason: `is above ${rules.maxTransactionGas}, the most gas of one transaction on ${chain}`,
    });
  const { maxPriorityFeePerGas: tip } = ceilingOf(request);
  if (tip < rules.leastTip)
    found.push({
      field: type === '2' ? 'maxPriorityFeePerGas' : 'maxFeePerGas',
      reason: `is below ${rules.leastTip} wei, the least tip on ${chain}`,
    });
  const fee = maxFee(request);
  const cost = mostItCosts(request, rules);
  if (fee >= WORD)
    found.push({ field: 'maxFeePerGas', reason: `gasLimit × maxFeePerGas, ${fee} wei, must stay below 2^256` });
  else if (cost >= WORD)
    found.push({
      field: 'value',
      reason: `value + gasLimit × maxFeePerGas${rules.dataFee === undefined ? '' : ' + data fee'}, ${cost} wei, must stay below 2^256`,
    });
  return found;
};

const tooLow = (request: TransactionRequest, rules: GasRules, question: GasQuestion, need: GasNeed): string => {
  const words = `is below ${need.gas}, the gas that it needs under ${need.fork}`;
  const toExisting = neededGas(request, rules, { ...question, accountExists: 'yes' }).gas;
  if (toExisting === need.gas) return words;
  return question.accountExists === 'no'
    ? `${words}: the destination is a new account`
    : `${words}, if the destination is a new account`;
};
