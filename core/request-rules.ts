import type { Code } from '#schemas/codes.ts';
import { type ChainLaw, chainOf, type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { AFTER_DELAY_SECONDS } from '#schemas/delays.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { judgePolicy } from './policy.ts';
import { delayOf } from './policy-delay.ts';
import { tooFewApprovers } from './shares/initiators.ts';
import { type GasProblem, gasProblems } from './transaction/gas-rules.ts';

/** Why a request is refused: a code, the request's field, and a reason in words for its sender. */
export type RequestProblem = { readonly code: Code; readonly field: string; readonly reason: string };

/**
 * All that the gas rules of its chain say against a request. Which accounts exist, a node alone can say. It must not decide what is signed, so
 * the stricter answer counts.
 */
export const gasProblemsOf = (
  request: TransactionRequest,
  chain: ChainLaw,
  { address }: Wallet,
  now: number,
): readonly GasProblem[] =>
  gasProblems(request, gasRulesOf(chain), { from: address, accountExists: 'unknown', at: now });

/**
 * Everything that the law and the clock say against a request. Intake asks it, so that a sender learns early. The attested image asks it
 * again before it signs, and only that answer counts.
 */
export const requestProblem = (request: TransactionRequest, law: Law, now: number): RequestProblem | undefined => {
  const wallet = walletNamed(law, request.wallet);
  if (wallet === undefined)
    return { code: 'UNKNOWN_WALLET', field: 'wallet', reason: `the law knows no wallet ${request.wallet}` };
  const validUntil = validUntilMs(request);
  if (validUntil <= now) return { code: 'EXPIRED', field: 'validUntil', reason: 'lies in the past' };
  if (validUntil > now + law.limits.maxValiditySeconds * 1000)
    return {
      code: 'VALIDITY_TOO_LONG',
      field: 'validUntil',
      reason: `must lie within ${law.limits.maxValiditySeconds} seconds from now`,
    };
  if (request.nonce !== '' && BigInt(request.nonce) > BigInt(Number.MAX_SAFE_INTEGER))
    return { code: 'BAD_FIELD', field: 'nonce', reason: 'must not exceed 2^53-1' };
  const chain = chainOf(law, request.chainId);
  if (chain === undefined)
    return { code: 'UNKNOWN_CHAIN', field: 'chainId', reason: `the law knows no chain ${request.chainId}` };
  const [gas] = gasProblemsOf(request, chain, wallet, now);
  if (gas !== undefined) return { code: 'BAD_FIELD', ...gas };
  const verdict = judgePolicy(request, wallet, law);
  if (verdict.kind === 'denied') return { code: verdict.code, field: verdict.field, reason: verdict.reason };
  const tooFew = tooFewApprovers(request, { wallet, needed: verdict.approvals }, law);
  return tooFew === undefined ? undefined : { code: 'TOO_FEW_APPROVERS', field: 'requester', reason: tooFew };
};

/**
 * The same, and what is asked once alone: whether validUntil leaves its delay, and time for a machine. The image does not ask it: there it
 * would refuse what has waited. Without it a request expires, and that is all.
 */
export const intakeProblem = (request: TransactionRequest, law: Law, now: number): RequestProblem | undefined => {
  const problem = requestProblem(request, law, now);
  const wallet = walletNamed(law, request.wallet);
  if (problem !== undefined || wallet === undefined) return problem;
  const delay = delayOf(request, wallet, law);
  const least = delay / 1000 + AFTER_DELAY_SECONDS;
  if (delay === 0 || validUntilMs(request) >= now + least * 1000) return undefined;
  return {
    code: 'VALIDITY_TOO_SHORT',
    field: 'validUntil',
    reason: `must lie at least ${least} seconds from now: the delay of ${delay / 1000}, and ${AFTER_DELAY_SECONDS} for the machine`,
  };
};
