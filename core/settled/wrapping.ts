import type { TransactionLog } from '#core/ports.ts';
import type { Token } from '#schemas/tokens.ts';
import { addressIn } from './topic.ts';
import type { Movement } from './transfers.ts';

/**
 * WETH9 makes and destroys tokens without a `Transfer`: it logs Deposit(address,uint256) and Withdrawal(address,uint256). These are the hashes
 * (https://github.com/gnosis/canonical-weth).
 */
export const WRAP_TOPICS = {
  deposit: '0xe1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c',
  withdrawal: '0x7fcf532c15f0a6db0bd6d0e038bea71d30d808c7d98cb3bf7268a95bf5081b65',
};

const wrapped = ({ address, topics, data, index }: TransactionLog): Movement | undefined => {
  const [name, who] = topics;
  const owner = addressIn(who);
  if (topics.length !== 2 || owner === undefined || !/^0x[0-9a-f]{64}$/.test(data)) return undefined;
  const moved = { standard: 'erc20', address, tokenId: '', amount: BigInt(data), index } as const;
  if (name === WRAP_TOPICS.deposit) return { ...moved, from: address, to: owner };
  return name === WRAP_TOPICS.withdrawal ? { ...moved, from: owner, to: address } : undefined;
};

const ZERO = `0x${'0'.repeat(40)}`;

/**
 * What a token of the law made or destroyed by these events; the other side is the token. Some log a `Transfer` from or to nobody as well: then
 * that tells it, and it is not counted twice. Each such transfer tells one event, the first of its kind. A transfer to the token itself tells
 * none: who sends WETH to its contract still has as much less. `movements`: what the transaction moved by transfers.
 */
export const wrappedIn = (
  logs: readonly TransactionLog[],
  movements: readonly Movement[],
  tokens: readonly Token[],
): readonly Movement[] => {
  const known = new Set(tokens.filter(({ standard }) => standard === 'erc20').map(({ address }) => address));
  const told = new Map<string, number>();
  for (const { standard, address, from, to, amount } of movements)
    if (standard === 'erc20' && (from === ZERO || to === ZERO)) {
      const key = [address, from, to, amount].join();
      told.set(key, (told.get(key) ?? 0) + 1);
    }
  return logs.flatMap((log): Movement[] => {
    const moved = known.has(log.address) ? wrapped(log) : undefined;
    if (moved === undefined) return [];
    const { address, from, to, amount } = moved;
    const key = [address, from === address ? ZERO : from, to === address ? ZERO : to, amount].join();
    const left = told.get(key) ?? 0;
    if (left === 0) return [moved];
    told.set(key, left - 1);
    return [];
  });
};
