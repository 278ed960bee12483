import { dataFeeAt, type NodeReport } from '#core/facts/node-report.ts';
import { type Priced, pricedOf, reservedAt } from '#core/register/reserved.ts';
import { nextNonce, type RegisterView } from '#core/register/rules.ts';
import { sum } from '#core/sum.ts';
import { ceilingOf } from '#core/transaction/fees.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isRequestId } from '#schemas/spellings.ts';
import { chainWait } from './nonce-wait.ts';

/** Why no block could hold a request as the chain is now. The numbers are of one of the nodes that say so. */
export type Obstacle =
  | { readonly code: 'CHAIN_AHEAD' | 'NONCE_AHEAD'; readonly numbers: { readonly count: bigint } }
  | { readonly code: 'BALANCE_LOW'; readonly numbers: { readonly balanceWei: bigint; readonly neededWei: bigint } }
  | { readonly code: 'GAS_ABOVE_BLOCK'; readonly numbers: { readonly gas: bigint; readonly gasLimit: bigint } }
  | { readonly code: 'TIP_TOO_LOW'; readonly numbers: { readonly tipWei: bigint; readonly floorWei: bigint } };

interface Asked {
  readonly id: string;
  readonly request: TransactionRequest;
}

/** What a batch is judged by, besides what nodes say. */
export interface Ground {
  readonly view: RegisterView;
  readonly startNonce: bigint;
  /** How many urls must say the same for the law to believe an outcome. */
  readonly agreement: number;
  readonly rules: ChainRules;
}

/** What the law knows of the chain: the least tip (wei per gas), who tells the fee for data, and its limit (wei). */
export interface ChainRules {
  readonly leastTip: bigint;
  readonly dataFee: { readonly oracle: string; readonly max: bigint } | undefined;
}

/** What one url makes of a batch: the balance that is left. All that is sealed and not mined, or released before, is paid from it first. */
interface Ledger {
  readonly report: NodeReport;
  readonly reserved: ReadonlyMap<bigint, bigint>;
  left: bigint;
}

/** wei: value, the ceiling of the fee, and what the node says that the data cost, which is never more than the law says. */
const costOf = (priced: Priced, { dataFees }: NodeReport, { dataFee }: ChainRules): bigint => {
  if (dataFees === undefined || dataFee === undefined) return priced.cost;
  const told = dataFeeAt(dataFees, priced.bytes);
  return priced.cost + (told < dataFee.max ? told : dataFee.max);
};

/** wei that must be there besides what is reserved: a replacement takes the place of what is sealed at its nonce. */
const extraCost = ({ report, reserved }: Ledger, request: TransactionRequest, rules: ChainRules): bigint => {
  const given = isRequestId(request.replaces) ? (reserved.get(BigInt(request.nonce)) ?? 0n) : 0n;
  const cost = costOf(pricedOf(request), report, rules);
  return cost > given ? cost - given : 0n;
};

const obstaclesFor = (ledger: Ledger, request: TransactionRequest, ground: Ground): Obstacle[] => {
  const { count, balance, block } = ledger.report;
  const { leastTip } = ground.rules;
  const found: Obstacle[] = [];
  const ahead = chainWait(request, count, nextNonce(ground.view, ground.startNonce));
  if (ahead !== undefined) found.push({ code: ahead, numbers: { count } });
  const neededWei = extraCost(ledger, request, ground.rules);
  // A skip is mined above all that is reserved, and lifts the stop below which nobody could free it by a cancel.
  const room = request.replaces === 'foreign' ? balance : ledger.left;
  if (neededWei > 0n && neededWei > room)
    found.push({ code: 'BALANCE_LOW', numbers: { balanceWei: room > 0n ? room : 0n, neededWei } });
  const gas = BigInt(request.gasLimit);
  if (block.gasLimit !== undefined && gas > block.gasLimit)
    found.push({ code: 'GAS_ABOVE_BLOCK', numbers: { gas, gasLimit: block.gasLimit } });
  const tipWei = ceilingOf(request).maxPriorityFeePerGas;
  if (tipWei < leastTip) found.push({ code: 'TIP_TOO_LOW', numbers: { tipWei, floorWei: leastTip } });
  return found;
};

/** As many as the law asks to settle. Where several answer, never one alone: a node of one's own may lag too. */
const votesToHold = (agreement: number, answers: number): number => Math.max(agreement, Math.min(2, answers));

/** A gap that a skip leaves is for ever, so all that answer are enough to hold it up, however few. */
const votesFor = (code: Obstacle['code'], { agreement }: Ground, answers: number): number =>
  code === 'NONCE_AHEAD' ? Math.min(votesToHold(agreement, answers), answers) : votesToHold(agreement, answers);

/** Which is told, where enough urls agree about several: never the one that a url happened to name first. */
const CODES = ['CHAIN_AHEAD', 'NONCE_AHEAD', 'BALANCE_LOW', 'GAS_ABOVE_BLOCK', 'TIP_TOO_LOW'] as const;

/** In the order of numbers: none has more than 78 digits. */
const keyOf = ({ numbers }: Obstacle): string =>
  Object.values(numbers)
    .map((value) => value.toString().padStart(78, '0'))
    .join(' ');
const byNumbers = (a: Obstacle, b: Obstacle): number => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b)));

/** The middle one of those that say so: among several, a url that lies does not choose the numbers either. */
const agreedObstacle = (told: readonly (readonly Obstacle[])[], ground: Ground): Obstacle | undefined => {
  for (const code of CODES) {
    const naming = told.flat().filter((obstacle) => obstacle.code === code);
    if (naming.length >= votesFor(code, ground, told.length))
      return naming.toSorted(byNumbers)[Math.floor((naming.length - 1) / 2)];
  }
  return undefined;
};

/** Transactions mined from the wallet, as far as enough urls say so; with fewer answers, as far as all of them do. */
export const agreedCount = (reports: readonly NodeReport[], agreement: number): bigint => {
  const counts = reports.map(({ count }) => count).toSorted((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  return counts[Math.min(votesToHold(agreement, counts.length), counts.length) - 1] ?? 0n;
};

/**
 * Which of these no block could hold now, and why, in the order given: each sees those let go before it as sealed. Every url judges for itself,
 * and only what enough of them say alike holds a request up. A fee below the base fee holds nothing up: the next block may be cheaper. Nor
 * does anything that the transaction would do: a revert is mined and paid like any other.
 */
export const obstaclesOf = (
  batch: readonly Asked[],
  reports: readonly NodeReport[],
  ground: Ground,
): ReadonlyMap<string, Obstacle> => {
  const ledgers = reports.map((report): Ledger => {
    const reserved = reservedAt(ground.view, report.count, (priced) => costOf(priced, report, ground.rules));
    return { report, reserved, left: report.balance - sum(reserved.values()) };
  });
  const held = new Map<string, Obstacle>();
  for (const { id, request } of batch) {
    const obstacle = agreedObstacle(
      ledgers.map((ledger) => obstaclesFor(ledger, request, ground)),
      ground,
    );
    if (obstacle !== undefined) held.set(id, obstacle);
    else for (const ledger of ledgers) ledger.left -= extraCost(ledger, request, ground.rules);
  }
  return held;
};
