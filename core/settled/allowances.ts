import type { TransactionLog } from '#core/ports.ts';
import type { Standard } from '#schemas/assets.ts';
import { addressIn } from './topic.ts';

/** What others may take of this owner later, as a log tells it. Any contract can log any of this. */
export interface Allowance {
  /** `erc721` stands for every piece of a contract where `tokenId` is "": ERC-1155 has the same event. */
  readonly standard: Exclude<Standard, 'native'>;
  readonly address: string;
  /** Of one piece that is let go; else "". */
  readonly tokenId: string;
  readonly spender: string;
  /** Base units of ERC-20; 1 for one piece; ALL for every piece; 0: no more. */
  readonly amount: bigint;
}

/** Stands for every piece, as for any amount. */
export const ALL = 2n ** 256n - 1n;

/** keccak256 of Approval(address,address,uint256), of ERC-20 and ERC-721, and of ApprovalForAll(address,address,bool). */
export const APPROVAL_TOPICS = {
  one: '0x8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925',
  all: '0x17307eab39ab6107e8899845ad3d59bd9653f200f220920489ca2b5937696c31',
};

const WORD = /^0x[0-9a-f]{64}$/;

const allowedBy = ({ address, topics, data }: TransactionLog, owner: string): Allowance | undefined => {
  const [name, from, to, piece] = topics;
  if (name !== APPROVAL_TOPICS.one && name !== APPROVAL_TOPICS.all) return undefined;
  const spender = addressIn(to);
  if (spender === undefined || addressIn(from) !== owner) return undefined;
  if (name === APPROVAL_TOPICS.all && piece === undefined && WORD.test(data))
    return { standard: 'erc721', address, tokenId: '', spender, amount: BigInt(data) === 0n ? 0n : ALL };
  if (name === APPROVAL_TOPICS.all) return undefined;
  if (piece === undefined)
    return WORD.test(data) ? { standard: 'erc20', address, tokenId: '', spender, amount: BigInt(data) } : undefined;
  const amount = /^0x0*$/.test(spender) ? 0n : 1n;
  return data === '0x'
    ? { standard: 'erc721', address, tokenId: BigInt(piece).toString(), spender, amount }
    : undefined;
};

/** What the owner lets others take, the last word of each: a token logs the new allowance, and not what was added. */
export const allowancesIn = (logs: readonly TransactionLog[], owner: string): readonly Allowance[] => {
  const last = new Map<string, Allowance>();
  for (const log of logs) {
    const one = allowedBy(log, owner);
    if (one !== undefined) last.set([one.standard, one.address, one.tokenId, one.spender].join(), one);
  }
  return [...last.values()];
};
