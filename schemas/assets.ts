import { z } from 'zod';
import { address, either, exactly, spelled, uint64, uint256 } from './spellings.ts';

/**
 * Amounts of one asset on one chain, as seals and receipts hold them (docs/formats.md, "Assets and lists"). Base units, decimal. One
 * spelling for each asset. The coin of a chain has no address. Only a token that is one of many has a token id.
 */
export const STANDARDS = ['native', 'erc20', 'erc721', 'erc1155'] as const;
export type Standard = (typeof STANDARDS)[number];

const empty = exactly('');

/** Which asset. `tokenId` is "" for a coin and for ERC-20; for ERC-721 and ERC-1155 it means all tokens of the contract. */
export const assetFields = {
  standard: z.enum(STANDARDS),
  address: spelled(either(address, empty)),
  tokenId: spelled(either(uint256, empty)),
};

interface AssetId {
  readonly standard: Standard;
  readonly address: string;
  readonly tokenId: string;
}

export const isAsset = ({ standard, address: contract, tokenId }: AssetId): boolean => {
  switch (standard) {
    case 'native':
      return contract === '' && tokenId === '';
    case 'erc20':
      return contract !== '' && tokenId === '';
    case 'erc721':
    case 'erc1155':
      return contract !== '';
    default:
      return standard satisfies never;
  }
};
export const NO_ASSET = 'names no asset in its one spelling';

/** `leaves`: what the call itself can move away. `allows`: what others may move later. 2^256-1 stands for any amount. */
export const amountFields = {
  chainId: spelled(uint64),
  ...assetFields,
  leaves: spelled(uint256),
  allows: spelled(uint256),
};

/** A request holds 65 calls at most, each of one token; and the coin. */
export const MAX_ASSETS = 128;
export const assetAmount = z.strictObject(amountFields).refine(isAsset, NO_ASSET).readonly();
export type AssetAmount = z.infer<typeof assetAmount>;

/** Whether every call was decoded. "no": some call may move more than the list says. */
export const judged = z.enum(['no', 'yes']);
