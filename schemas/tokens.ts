import { z } from 'zod';
import { address, spelled, uint64, uint256 } from './spellings.ts';

const symbol = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.$+_-]{0,15}$/, 'must be 1 to 16 of A-Z a-z 0-9 . $ + _ -');

/** A token of one chain, as the co-signers accept it with the law. What a contract says of itself decides nothing. */
const token = z
  .strictObject({
    address: spelled(address),
    symbol,
    /** Digits behind the point: 6 means that 1000000 units are shown as 1. */
    decimals: z.number().int().min(0).max(77),
    /** What amounts count: units of the contract, or pieces (erc721: each transfer is one). */
    standard: z.enum(['erc20', 'erc721', 'erc1155']).default('erc20'),
  })
  .refine(({ standard, decimals }) => standard === 'erc20' || decimals === 0, {
    message: 'must be 0 for pieces',
    path: ['decimals'],
  })
  .readonly();

export type Token = z.infer<typeof token>;

const isUnique = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** The tokens of one chain. Two symbols that differ in case alone would be taken for one another. */
export const tokens = z
  .array(token)
  .max(256)
  .refine((list) => isUnique(list.map((one) => one.address)), 'an address stands twice')
  .refine((list) => isUnique(list.map((one) => one.symbol.toLowerCase())), 'a symbol stands twice')
  .default([]);

/** A token as rules, windows and pinned nonces name it: by chain and symbol. */
const named = { chainId: spelled(uint64), token: symbol };

/** Whether a limit is named once: by an amount of wei, or by all three of chain, token and units. */
export const isOneLimit = (wei: string | undefined, ofToken: readonly (string | undefined)[]): boolean =>
  ofToken.filter((each) => each !== undefined).length === (wei === undefined ? ofToken.length : 0);

/** At most so many of the token's smallest units. */
export const tokenCap = { ...named, maxUnits: spelled(uint256) };

export const tokenAmount = z.strictObject({ ...named, units: spelled(uint256) }).readonly();

export interface TokenName {
  readonly chainId: string;
  readonly token: string;
}

/** Tokens of one chain, and which it is. */
export interface ChainTokens {
  readonly chainId: string;
  readonly tokens: readonly Token[];
}

/** What a name means on this chain; undefined where it is another chain's. */
export const tokenNamed = ({ chainId, token: wanted }: TokenName, chain: ChainTokens): Token | undefined =>
  chainId === chain.chainId ? chain.tokens.find((one) => one.symbol === wanted) : undefined;
