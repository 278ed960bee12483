import { z } from 'zod';
import { isKeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { blockAnswer } from './json.ts';
import { quantity } from './quantity.ts';

/** What one url says about itself and its chain. */
export interface AboutNode {
  /** The newest block. */
  readonly head: bigint;
  /** The newest block that it calls final; undefined where it knows none. */
  readonly finalized: bigint | undefined;
  /** Its web3_clientVersion; "" where it does not say. */
  readonly client: string;
}

const orUndefined = (error: unknown): undefined => {
  if (!isKeyturnError(error)) throw error;
};

/** Throws as `ask` where the url does not tell its newest block. What else it does not tell is left out. */
export const aboutNode = async (node: RpcNode): Promise<AboutNode> => {
  const head = await node.ask('eth_blockNumber', [], quantity);
  const [finalized, client] = await Promise.all([
    node.ask('eth_getBlockByNumber', ['finalized', false], blockAnswer).catch(orUndefined),
    node.ask('web3_clientVersion', [], z.string().max(200)).catch(orUndefined),
  ]);
  return { head, finalized: finalized?.number, client: client ?? '' };
};
