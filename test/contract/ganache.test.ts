import { Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Refusal, refusalOf } from '#adapters/chain/rpc-errors.ts';
import { member } from '#core/error-fields.ts';
import { optional } from '#test/support/optional.ts';

/**
 * A real ganache refuses real bytes, and its words mean to us what was wrong with them. test/support/adapters/rpc-words.ts lists the words
 * of all nodes; this asks one that is here.
 */
interface Node {
  request(call: { readonly method: string; readonly params: readonly unknown[] }): Promise<unknown>;
  disconnect(): Promise<void>;
}
const has = (value: unknown, ...names: readonly string[]): boolean =>
  names.every((name) => typeof member(value, name) === 'function');
const module = z.object({
  default: z.custom<{ provider: (options: object) => unknown }>((value) => has(value, 'provider')),
});
const running = z.custom<Node>((value) => has(value, 'request', 'disconnect'));

const loaded = await optional('ganache');
const CHAIN = 31_337n;
/** The first account of the public test mnemonic. */
const wallet = new Wallet('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
const PLAIN = {
  type: 2,
  chainId: CHAIN,
  nonce: 2,
  to: wallet.address,
  value: 1n,
  gasLimit: 21_000n,
  maxFeePerGas: 10n ** 11n,
  maxPriorityFeePerGas: 10n ** 9n,
};

describe.skipIf(loaded === undefined)('ganache', () => {
  let node: Node;
  const send = async (over: Partial<typeof PLAIN>): Promise<unknown> => {
    const raw = await wallet.signTransaction({ ...PLAIN, ...over });
    return node.request({ method: 'eth_sendRawTransaction', params: [raw] });
  };

  beforeAll(async () => {
    const options = {
      logging: { quiet: true },
      chain: { chainId: Number(CHAIN) },
      wallet: { accounts: [{ secretKey: wallet.privateKey, balance: `0x${(10n ** 19n).toString(16)}` }] },
    };
    node = running.parse(module.parse(loaded).default.provider(options));
    await send({ nonce: 0 });
    await send({ nonce: 1 });
  });
  afterAll(() => node.disconnect());

  it.each<[Refusal, string, Partial<typeof PLAIN>]>([
    // Not nonce 0, which ganache 7.9.2 takes again although it is mined.
    ['nonce-too-low', 'a nonce that is mined', { nonce: 1, value: 2n }],
    ['gas', 'less gas than it costs to begin', { gasLimit: 20_999n }],
    ['gas', 'more gas than a block has', { gasLimit: 10n ** 9n }],
    ['insufficient-funds', 'more than the account has', { value: 10n ** 30n }],
    ['underpriced', 'less than the base fee', { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }],
    ['invalid', 'another chain', { chainId: 5n }],
  ])('refuses as %s what asks for %s', async (refusal, _, over) => {
    const refused = await send(over).then(
      () => 'taken',
      // As the answer comes over the wire.
      (error: unknown) => refusalOf({ error: { code: member(error, 'code'), message: member(error, 'message') } }),
    );
    expect(refused).toBe(refusal);
  });

  it('takes what is right', async () => {
    expect(await send({})).toMatch(/^0x[0-9a-f]{64}$/);
  });
});
