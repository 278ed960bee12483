import { id, toBeHex } from 'ethers';
import { z } from 'zod';
import type { DataFeeQuestion, DataFees, NodeReport } from '#core/facts/node-report.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { quantity } from './quantity.ts';

const blockAnswer = z
  .object({ number: quantity, gasLimit: quantity.nullish(), baseFeePerGas: quantity.nullish() })
  .transform(({ number, gasLimit, baseFeePerGas }) => ({
    number,
    gasLimit: gasLimit ?? undefined,
    baseFeePerGas: baseFeePerGas ?? undefined,
  }));

/** What is nice to know: a node that does not say it can still report the rest. */
const ifTold = async <T>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return undefined;
  }
};

/** https://specs.optimism.io/protocol/fjord/predeploys.html: takes the bytes of an unsigned transaction, and answers wei. */
const UPPER_BOUND = id('getL1FeeUpperBound(uint256)').slice(0, 10);

const dataFeesOf = async (node: RpcNode, { oracle, bytes }: DataFeeQuestion): Promise<DataFees> => {
  const feeFor = (size: number): Promise<bigint> =>
    node.ask('eth_call', [{ to: oracle, data: UPPER_BOUND + toBeHex(size, 32).slice(2) }, 'latest'], quantity);
  const [none, longest] = await Promise.all([feeFor(0), feeFor(bytes)]);
  return { none, longest, bytes };
};

/**
 * One node's report. The count comes first: what is mined in between is then counted as spent twice, not as not spent at all. Throws as
 * `ask` where the node does not tell count, balance and block.
 */
export const reportOf = async (
  node: RpcNode,
  address: string,
  dataFee: DataFeeQuestion | undefined,
): Promise<NodeReport> => {
  const count = await node.ask('eth_getTransactionCount', [address, 'latest'], quantity);
  const [block, balance, tip, dataFees] = await Promise.all([
    node.ask('eth_getBlockByNumber', ['latest', false], blockAnswer),
    node.ask('eth_getBalance', [address, 'latest'], quantity),
    ifTold(node.ask('eth_maxPriorityFeePerGas', [], quantity)),
    dataFee === undefined ? undefined : ifTold(dataFeesOf(node, dataFee)),
  ]);
  return { count, balance, block, tip, dataFees };
};
