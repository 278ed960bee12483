import { Interface } from 'ethers';
import type { BlockPoint, OwnTransaction, Purpose, WalletLog } from '#core/settled/rows.ts';
import type { Books } from '#core/settled/statement.ts';
import type { Token } from '#schemas/tokens.ts';

export const WALLET = '0x3535353535353535353535353535353535353535';
export const BOB = '0x4242424242424242424242424242424242424242';
export const USDC: Token = {
  address: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
  symbol: 'USDC',
  decimals: 6,
  standard: 'erc20',
};
/** Of a contract that no law names. */
export const STRANGE = '0x6B175474E89094C44Da98b954EedeAC495271d0F';
/** https://eips.ethereum.org/EIPS/eip-7708, SYSTEM_ADDRESS */
export const SYSTEM = '0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE';

const COIN = new Interface(['event Transfer(address indexed from, address indexed to, uint256 value)']);

/** A block each six hours: the first is the last of 2025, and each fourth behind it is the last of its day. */
export const blockAt = (number: bigint): BlockPoint => ({
  number,
  hash: `0x${number.toString(16).padStart(64, 'b')}`,
  time: Date.UTC(2026, 0, 1) + Number(number) * 21_600_000 - 60_000,
});

export const hashAt = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`;

export const PURPOSE: Purpose = {
  id: 'a'.repeat(64),
  reference: 'invoice-1',
  requester: 'dapp',
  memo: '',
  approvedBy: ['alice', 'bob'],
  functionName: '',
  methodId: '',
};

export const transactionAt = (n: number, over: Partial<OwnTransaction> = {}): OwnTransaction => ({
  hash: hashAt(n),
  nonce: BigInt(n),
  block: blockAt(BigInt(n)),
  success: true,
  to: BOB,
  value: 0n,
  fee: 21n,
  purpose: PURPOSE,
  ...over,
});

/** A Transfer event as ethers encodes it. */
export const logAt = (
  n: number,
  moved: { readonly from: string; readonly to: string; readonly amount: bigint; readonly by?: string },
  index = 0n,
): WalletLog => {
  const { topics, data } = COIN.encodeEventLog('Transfer', [moved.from, moved.to, moved.amount]);
  const address = moved.by ?? USDC.address;
  return { address, topics, data, index, transactionHash: hashAt(n), block: blockAt(BigInt(n)) };
};

/** An account with nothing in it. */
export const booksWith = (over: Partial<Books> = {}): Books => ({
  account: { chainId: '1', address: WALLET, tokens: [USDC] },
  transactions: [],
  logs: [],
  balances: [],
  counts: undefined,
  unbacked: [],
  ...over,
});
