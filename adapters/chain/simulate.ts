import { z } from 'zod';
import { withTimeLimit } from '#adapters/calls/time-limit.ts';
import { realClock } from '#adapters/clock.ts';
import type { Clock, TransactionLog } from '#core/ports.ts';
import { ceilingOf, maxCost } from '#core/transaction/fees.ts';
import { accessListOf } from '#core/transaction/gas-schedule.ts';
import { isKeyturnError, type KeyturnError } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { RpcNode } from './chain.ts';
import { hash, logFields } from './json.ts';
import { quantity, quantityText } from './quantity.ts';
import { SIMULATE } from './rpc-words.ts';

/** What a node says that the transaction would do on top of its newest block. */
export interface Run {
  readonly success: boolean;
  /** `0x…`, what a run that failed gives back; undefined where the node does not tell. */
  readonly revertData: string | undefined;
  readonly gasUsed: bigint;
  readonly logs: readonly TransactionLog[];
  /** False: the wallet holds too little now, so the node was told to reckon as if it held what the request costs. */
  readonly funded: boolean;
}

/** Why a url told nothing. `unreadable`: an answer of another form, or a larger one than any transaction needs. */
export type Untold = 'no-method' | 'refused' | 'late' | 'unreachable' | 'unreadable' | 'another-chain';

/** What one url says. `place` counts the urls of the chain from 1, since a url holds a key and is not shown. */
export type NodeRun =
  | { readonly place: number; readonly kind: 'ran'; readonly run: Run }
  | { readonly place: number; readonly kind: 'untold'; readonly why: Untold };

/** Urls that are asked: two can disagree, and more than these tell nobody more. */
const MAX_ASKED = 4;
/** ms of one url, all questions together. A person waits for it. */
export const SIMULATION_MS = 8_000;
/** A receipt lists no more transfers, and a block has room for few more logs. */
const MAX_LOGS = 1_000;
/** Hex digits of one log: some 500 pieces of ERC-1155 at once. */
const MAX_LOG_DIGITS = 65_536;
/** Hex digits of what is kept of a reason. */
const MAX_REASON_DIGITS = 2_048;

const bytes = z.string().regex(/^0x([0-9a-fA-F]{2})*$/);
const { address, topics, data } = logFields;
const log = z.object({ address, topics, data: data.refine((text) => text.length <= MAX_LOG_DIGITS) });

/** https://ethereum.github.io/execution-apis/api/methods/eth_simulateV1 */
const answer = z
  .array(
    z.object({
      hash,
      calls: z
        .array(
          z.object({
            status: quantity.pipe(z.union([z.literal(0n), z.literal(1n)])),
            gasUsed: quantity,
            returnData: bytes.nullish(),
            logs: z.array(log).max(MAX_LOGS).nullish(),
            error: z.object({ data: bytes.nullish() }).nullish(),
          }),
        )
        .length(1),
    }),
  )
  .length(1);

/** geth puts the reason into the error, anvil into the return data alone. */
const reasonIn = (...told: readonly (string | null | undefined)[]): string | undefined => {
  const said = told.filter((text) => text != null);
  return (said.find((text) => text !== '0x') ?? said[0])?.slice(0, 2 + MAX_REASON_DIGITS);
};

const runOf = ([block]: z.infer<typeof answer>, funded: boolean): Run | undefined => {
  const [call] = block?.calls ?? [];
  if (call === undefined) return undefined;
  const success = call.status === 1n;
  return {
    success,
    revertData: success ? undefined : reasonIn(call.error?.data, call.returnData),
    gasUsed: call.gasUsed,
    // What a run that failed logged did not happen.
    logs: success ? (call.logs ?? []).map((one, n) => ({ ...one, index: BigInt(n) })) : [],
    funded,
  };
};

/** All fields of the request, as they would be signed. The nonce is left to the node where the request names none. */
const callOf = (request: TransactionRequest, from: string) => {
  const { maxFeePerGas, maxPriorityFeePerGas } = ceilingOf(request);
  return {
    type: `0x${request.type}`,
    chainId: quantityText(BigInt(request.chainId)),
    from,
    ...(request.to === '' ? {} : { to: request.to }),
    ...(request.nonce === '' ? {} : { nonce: quantityText(BigInt(request.nonce)) }),
    value: quantityText(BigInt(request.value)),
    input: request.data,
    gas: quantityText(BigInt(request.gasLimit)),
    ...(request.type === '2'
      ? { maxFeePerGas: quantityText(maxFeePerGas), maxPriorityFeePerGas: quantityText(maxPriorityFeePerGas) }
      : { gasPrice: quantityText(maxFeePerGas) }),
    ...(request.accessList === '' ? {} : { accessList: accessListOf(request) }),
  };
};

const isPoor = (error: unknown): boolean =>
  isKeyturnError(error, 'RPC_REFUSED') && error.field === 'insufficient-funds';

/**
 * `validation` is off: the request's own fees and nonce need not fit the newest block. The balance is looked at all the same
 * (https://github.com/ethereum/execution-apis, `ethSimulate-simple-no-funds`): a wallet that is not funded yet is told of as one that is.
 */
const simulate = async (node: RpcNode, request: TransactionRequest, from: string): Promise<Run | undefined> => {
  const ask = (overrides: object) =>
    node.ask(
      SIMULATE,
      [
        {
          blockStateCalls: [{ ...overrides, calls: [callOf(request, from)] }],
          traceTransfers: true,
          validation: false,
        },
        'latest',
      ],
      answer,
    );
  try {
    return runOf(await ask({}), true);
  } catch (error) {
    if (!isPoor(error)) throw error;
    const stateOverrides = { [from]: { balance: quantityText(maxCost(request)) } };
    return runOf(await ask({ stateOverrides }), false);
  }
};

const untold = ({ code, field }: KeyturnError): Untold => {
  if (code === 'CONFIG') return 'another-chain';
  if (code === 'DEADLINE') return 'late';
  if (field === 'no-method') return 'no-method';
  if (code === 'RPC_REFUSED' || field === 'refused') return 'refused';
  return field === undefined ? 'unreadable' : 'unreachable';
};

/**
 * What each url says that a request would do, sent from this address. It is advice for people: nothing is decided by it, and nothing here throws for
 * what a node does.
 */
export const simulations = (
  nodes: readonly (RpcNode & { readonly place: number })[],
  request: TransactionRequest,
  from: string,
  clock: Clock = realClock,
): Promise<readonly NodeRun[]> =>
  Promise.all(
    nodes.slice(0, MAX_ASKED).map(async (node): Promise<NodeRun> => {
      const { place } = node;
      try {
        const told = await withTimeLimit(clock, SIMULATION_MS, () => simulate(node, request, from));
        if (told === undefined) return { place, kind: 'untold', why: 'late' };
        return told.result === undefined
          ? { place, kind: 'untold', why: 'unreadable' }
          : { place, kind: 'ran', run: told.result };
      } catch (error) {
        if (!isKeyturnError(error)) throw error;
        return { place, kind: 'untold', why: untold(error) };
      }
    }),
  );
