import { getAddress, Interface } from 'ethers';
import { expect } from 'vitest';
import { run as show } from '#cli/commands/show.ts';
import { type Pipeline, stage } from '../stage.ts';
import { readerOf } from './reader.ts';

/** Somebody to pay, whom the law names. */
export const SHOP = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
export const OTHER = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
/** The first five and the last four digits of the shop. */
export const TWIN = getAddress(`0x70997${'f'.repeat(31)}79c8`);
export const USDC = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
export const CALLS = new Interface(['function transfer(address,uint256)', 'function approve(address,uint256)']);
export const POLICY = {
  rules: [{ name: 'any', effect: 'allow', destinations: ['*'], opaque: true, tokens: 'any' }],
};
export const withBook = (): Pipeline =>
  stage({
    names: [{ address: SHOP, name: 'Corner Shop' }],
    tokens: [{ address: USDC, symbol: 'USDC', decimals: 6 }],
    wallet: { policy: POLICY },
  });

let count = 0;
export const asks = (to: string, more: Record<string, string> = {}) => ({
  ...{ to, reference: `invoice-a-${count++}`, gasLimit: '100000' },
  ...more,
});
export const pays = async (s: Pipeline, fields: Record<string, string>, turn: bigint): Promise<string> => {
  const id = await s.submit(fields, turn);
  s.chain().mine();
  await s.finalize(id);
  return id;
};

export interface Shown {
  readonly warnings: readonly string[];
  readonly history: object;
  readonly addresses: readonly {
    readonly address: string;
    readonly before: object;
    readonly looksLike: readonly object[];
  }[];
}
export const shown = async (s: Pipeline, id: string): Promise<Shown> => {
  const reader = readerOf(s, { json: true });
  expect(await show(reader.session, id)).toBe(0);
  return reader.json() as Shown;
};
export const printed = async (s: Pipeline, id: string): Promise<string> => {
  const reader = readerOf(s);
  await show(reader.session, id);
  return reader.stdout.text;
};
export const about = ({ warnings }: Shown, word: string): readonly string[] =>
  warnings.filter((text) => text.includes(word));
