import type { ChainLaw } from '#schemas/config.ts';
import { withoutFinalized } from '#schemas/finality.ts';
import { type Findings, warned } from './finding.ts';

/** Local nodes: nobody else builds blocks there. */
const LOCAL: readonly string[] = ['1337', '31337'];

/** Their blocks are one sequencer's word until Ethereum has them: no count of them says when that is. */
const ROLLUPS: Readonly<Record<string, string>> = {
  '10': 'OP Mainnet',
  '130': 'Unichain',
  '8453': 'Base',
  '42161': 'Arbitrum One',
  '84532': 'Base Sepolia',
  '7777777': 'Zora',
  '11155420': 'OP Sepolia',
};

/** Two epochs of Ethereum: before that, no block of it is final. */
const DEEP = 64;

/** Where a block that keyturn calls final can still be replaced, a receipt would tell of a payment that is not there. */
export const shallowFinality = ({ chainId, name, finality }: ChainLaw): Findings => {
  if (finality.kind === 'finalized' || LOCAL.includes(chainId)) return [];
  const at = `chain ${chainId} (${name}) calls a block final after ${finality.count} confirmations`;
  if (finality.count === 0)
    return [warned(`${at}: any reorganisation undoes it`, 'Count confirmations, or set finality to finalized.')];
  if (withoutFinalized(chainId) !== undefined) return [];
  const todo = 'Set finality to finalized, which its nodes know.';
  if (Object.hasOwn(ROLLUPS, chainId))
    return [warned(`${at}: ${ROLLUPS[chainId]} is final only once Ethereum has its blocks`, todo)];
  if (finality.count >= DEEP) return [];
  return [
    warned(
      `${at}: a longer reorganisation undoes it`,
      `Set finality to finalized where its nodes know it, else count at least ${DEEP}.`,
    ),
  ];
};
