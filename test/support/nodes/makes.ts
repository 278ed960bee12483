import { computeAddress, toQuantity } from 'ethers';
import { z } from 'zod';
import { startAnvil } from '#local/cloud/processes/anvil.ts';
import type { EthereumNode } from '#local/cloud/processes/ethereum-node.ts';
import { startPackageNode } from '#local/cloud/processes/package-node.ts';
import { rpc } from '#test/e2e/support/rpc.ts';
import { optional } from '../optional.ts';

/** Of an account that has 100 ether on every node of a test. */
export const KEY = `0x${'4f'.repeat(32)}`;
const HUNDRED_ETHER = 10n ** 20n;

/** The nodes that keyturn is tested on. */
export const MAKES = ['anvil', 'ganache', 'hardhat'] as const;
export type Make = (typeof MAKES)[number];

const ENTRIES = { ganache: 'ganache', hardhat: 'hardhat/hre' } as const;

/** False, said loudly, where the optional package is not installed. */
export const isHere = async (make: Make): Promise<boolean> =>
  make === 'anvil' || (await optional(ENTRIES[make])) !== undefined;

/** `blockTime` in seconds; 0: a block for each transaction. */
export const startMake = async (make: Make, blockTime: number): Promise<EthereumNode> => {
  const every = blockTime === 0 ? {} : { blockTime };
  if (make !== 'anvil')
    return startPackageNode(make, { ...every, accounts: [{ key: KEY, balanceWei: HUNDRED_ETHER }] });
  const anvil = await startAnvil({ ...every, slotsInAnEpoch: 1 });
  const params = [computeAddress(KEY), toQuantity(HUNDRED_ETHER)];
  await rpc(anvil.url, 'anvil_setBalance', params, z.unknown());
  return anvil;
};
