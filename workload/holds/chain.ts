import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { agreedCount, type ChainRules, type Obstacle, obstaclesOf } from '#core/decide/mineable.ts';
import { errorFields } from '#core/error-fields.ts';
import type { DataFeeQuestion, NodeReport } from '#core/facts/node-report.ts';
import { pricedOf, sealedPrices } from '#core/register/reserved.ts';
import { nextNonce, type RegisterView } from '#core/register/rules.ts';
import { ceilingOf } from '#core/transaction/fees.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { chainOf } from '#schemas/config.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import { all, each, type Held, type Hold } from '../hold.ts';
import type { Candidate, Lane } from '../lane.ts';
import { noteWaits } from '../waits.ts';

/** Of this image's law. */
const rulesOf = ({ context, register }: Lane): ChainRules => {
  const chain = chainOf(context.law, register.chainId);
  return chain === undefined ? { leastTip: 0n, dataFee: undefined } : gasRulesOf(chain);
};

/** ms for all urls together. What comes later counts for nothing: a url that hangs must not delay the wallet. */
const REPORT_MS = 3000;

/** What the law has asked about the fee for data. Nothing of a request but its length is told. */
const dataFeeQuestion = (
  oracle: string | undefined,
  batch: readonly Candidate[],
  view: RegisterView,
): DataFeeQuestion | undefined => {
  if (oracle === undefined) return undefined;
  const priced = [...batch.map(({ request }) => pricedOf(request)), ...sealedPrices(view)];
  return { oracle, bytes: priced.reduce((most, { bytes }) => Math.max(most, bytes), 0) };
};

/** What the urls of this lane's chain say, once for the whole batch. Throws CHAIN_UNREACHABLE where none says anything in time. */
const reportsOf = async (
  { context, register }: Lane,
  dataFee: DataFeeQuestion | undefined,
): Promise<readonly NodeReport[]> => {
  const { chainId, address } = register;
  const told: NodeReport[] = [];
  const tell = (report: NodeReport): void => void told.push(report);
  await withTimeLimit(context.clock, REPORT_MS, () => context.chains.of(chainId).report(address, dataFee, tell));
  if (told.length === 0)
    throw new KeyturnError('CHAIN_UNREACHABLE', `no url of chain ${chainId} answered in ${REPORT_MS} ms`);
  // Later answers still go into the other list.
  return [...told];
};

const heldBy = (obstacle: Obstacle | undefined, nextNonce: bigint): Omit<Held, 'id'> | undefined => {
  if (obstacle === undefined) return undefined;
  const { code, numbers } = obstacle;
  const isOfNonce = code === 'CHAIN_AHEAD' || code === 'NONCE_AHEAD';
  return { code, numbers, rest: 'postpone', ...(isOfNonce ? { nextNonce } : {}) };
};

/** A ceiling below today's fees is told, and is no reason to hold anything up: the next block may be cheaper. */
const tellCheap = ({ context, register }: Lane, go: readonly Candidate[], [first]: readonly NodeReport[]): void => {
  if (first === undefined) return;
  const { tip, block } = first;
  const baseFee = block.baseFeePerGas;
  for (const { id, request } of go) {
    const { maxFeePerGas: ceiling, maxPriorityFeePerGas: ownTip } = ceilingOf(request);
    const about = { id, chainId: register.chainId };
    if (baseFee !== undefined && ceiling < baseFee)
      context.log.info('turn.fee', { ...about, code: 'FEE_TOO_LOW', ceiling: `${ceiling}`, baseFee: `${baseFee}` });
    else if (tip !== undefined && ownTip < tip)
      context.log.info('turn.fee', { ...about, code: 'TIP_TOO_LOW', tip: `${ownTip}`, suggested: `${tip}` });
  }
};

/**
 * What no block of the chain could hold now waits, one by one. What is sealed takes a nonce for ever, and stops all behind it. Where no
 * node answers, nobody goes. Nodes are asked once for all, before anything is signed: no bytes exist yet that could get to them.
 */
export const holdUnmineable: Hold = async (lane, candidates, { view }) => {
  const { context, register, startNonce } = lane;
  const { chainId } = register;
  try {
    const rules = rulesOf(lane);
    const reports = await reportsOf(lane, dataFeeQuestion(rules.dataFee?.oracle, candidates, view));
    const { agreement } = context.chains.of(chainId);
    const next = nextNonce(view, startNonce);
    const count = agreedCount(reports, agreement);
    if (count > next)
      context.log.alarm('turn.foreign', { code: 'CHAIN_AHEAD', chainId, count: `${count}`, next: `${next}` });
    const obstacles = obstaclesOf(candidates, reports, { view, startNonce, agreement, rules });
    const sifted = each(candidates, ({ id }) => heldBy(obstacles.get(id), next));
    tellCheap(lane, sifted.go, reports);
    return sifted;
  } catch (error) {
    if (isKeyturnError(error)) {
      context.log.warn('turn.wait', { chainId, ...errorFields(error) });
      await noteWaits(
        lane,
        candidates.map(({ id }) => ({ id, code: 'CHAIN_UNREACHABLE' })),
      );
    } else context.log.alarm('turn.fault', { chainId, ...errorFields(error) });
    return all([]);
  }
};
