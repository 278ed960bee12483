import { zeroPadValue } from 'ethers';
import { z } from 'zod';
import type { TransactionLog } from '#core/ports.ts';
import { SYSTEM, TRANSFER_TOPICS } from '#core/settled/transfers.ts';
import { WRAP_TOPICS } from '#core/settled/wrapping.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { RpcNode } from './chain.ts';
import { hash, logFields } from './json.ts';
import { quantity, quantityText } from './quantity.ts';

/** A log and where it stands. */
export interface PastLog extends TransactionLog {
  readonly transactionHash: string;
  readonly blockNumber: bigint;
  readonly blockHash: string;
}

/** By position: undefined is any, a list is any of these. */
type Topics = readonly (readonly string[] | undefined)[];

/** Blocks asked for at once. Many providers take 10000 at most, and some far fewer. */
const WIDEST = 10_000n;
/** After so many answers in a row, twice as many blocks are asked for. One busy hour must not make the rest of the month slow. */
const CALM = 16;
/** Logs of one account in one month, of the law's tokens and of all others each. A node that tells more would fill the memory. */
export const MOST_LOGS = 100_000;

const answer = z.array(
  z
    .object({
      ...logFields,
      transactionHash: hash,
      blockNumber: quantity,
      blockHash: hash,
      removed: z.boolean().nullish(),
    })
    .transform(
      ({
        address,
        topics,
        data,
        logIndex,
        transactionHash,
        blockNumber,
        blockHash,
        removed,
      }): PastLog & { gone: boolean } => ({
        ...{ address, topics, data, index: logIndex, transactionHash, blockNumber, blockHash },
        gone: removed === true,
      }),
    ),
);

/** Adds to what was found. One by one: as arguments of one call, so many would be more than the stack takes. False: they are too many. */
export const addLogs = (found: PastLog[], more: readonly PastLog[]): boolean => {
  if (found.length + more.length > MOST_LOGS) return false;
  for (const log of more) found.push(log);
  return true;
};

/** One question to a node. `by`: contracts; absent is any. */
interface Question {
  readonly by: readonly string[] | undefined;
  readonly topics: Topics;
}

const fits = (log: PastLog & { readonly gone: boolean }, { by, topics }: Question, from: bigint, to: bigint): boolean =>
  !log.gone &&
  log.blockNumber >= from &&
  log.blockNumber <= to &&
  by?.includes(log.address) !== false &&
  topics.every((wanted, n) => wanted === undefined || wanted.includes(log.topics[n] ?? ''));

/** These find each log that names the address as payer or payee, of ERC-20, ERC-721, ERC-1155 and EIP-7708, or wraps ether for it. */
const topicsFor = (address: string): readonly Topics[] => {
  const { one, single, batch } = TRANSFER_TOPICS;
  const { deposit, withdrawal } = WRAP_TOPICS;
  const who = [zeroPadValue(address.toLowerCase(), 32)];
  return [
    [[one, deposit, withdrawal], who],
    // Of ERC-20 the payee, of ERC-1155 the payer.
    [[one, single, batch], undefined, who],
    [[single, batch], undefined, undefined, who],
  ];
};

/** Whether it may be the range that the node does not take. There are no common words for it. Some gateways say it as an error of HTTP. */
const mayBeTooWide = (error: unknown): boolean =>
  isKeyturnError(error) &&
  (error.code === 'DEADLINE' || ['refused', 'unreachable', 'late'].includes(error.field ?? ''));

/** Makes a read again where its answer was lost. */
type Surely = <T>(node: RpcNode, ask: (node: RpcNode) => Promise<T>) => Promise<T>;

/** Asks one node in ranges that it takes. */
class Ranges {
  readonly #node: RpcNode;
  readonly #surely: Surely;
  #width = WIDEST;
  #calm = 0;

  constructor(node: RpcNode, surely: Surely) {
    this.#node = node;
    this.#surely = surely;
  }

  /** Undefined where the node refused the range, and a smaller one is to be tried. */
  async #once(question: Question, from: bigint, to: bigint): Promise<readonly PastLog[] | undefined> {
    try {
      const { by, topics } = question;
      const asked = topics.map((wanted) => wanted ?? null);
      const filter = {
        ...(by && { address: by }),
        fromBlock: quantityText(from),
        toBlock: quantityText(to),
        topics: asked,
      };
      const logs = await this.#node.ask('eth_getLogs', [filter], answer);
      if (!logs.every((log) => fits(log, question, from, to)))
        throw new KeyturnError('UNAVAILABLE', 'rpc: eth_getLogs: a node told logs that were not asked for');
      return logs.map(({ gone: _, ...log }) => log);
    } catch (error) {
      if (from === to || !mayBeTooWide(error)) throw error;
      // A node that is not there at all refuses every range: that is not found out in halves.
      await this.#node.ask('eth_blockNumber', [], quantity);
      return undefined;
    }
  }

  /** `take` says whether to go on. */
  async logs(
    question: Question,
    from: bigint,
    to: bigint,
    take: (some: readonly PastLog[]) => boolean,
  ): Promise<boolean> {
    let at = from;
    while (at <= to) {
      const end = at + this.#width > to ? to : at + this.#width - 1n;
      const some = await this.#surely(this.#node, () => this.#once(question, at, end));
      if (some === undefined) {
        this.#width = (end - at + 2n) / 2n;
        this.#calm = 0;
        continue;
      }
      if (!take(some)) return false;
      at = end + 1n;
      this.#calm += 1;
      if (this.#calm % CALM === 0) this.#width = this.#width * 2n < WIDEST ? this.#width * 2n : WIDEST;
    }
    return true;
  }
}

const place = ({ blockNumber, index }: PastLog): bigint => (blockNumber << 64n) + index;

/** Each log once, in the order of the chain. One may answer two questions: the wallet paid itself. */
export const inOrder = (logs: readonly PastLog[]): readonly PastLog[] =>
  [...new Map(logs.map((log) => [place(log), log])).values()].toSorted((a, b) => (place(a) < place(b) ? -1 : 1));

/** Whose logs. `tokens`: of the law, in EIP-55; `others` asks for logs of all contracts but these. */
export interface Wanted {
  readonly owner: string;
  readonly tokens: readonly string[];
  readonly of: 'law' | 'others';
}

/** `many`: more than `MOST_LOGS`. It is an answer and no error, so that urls can agree about it. */
export type ToldLogs = { readonly kind: 'logs'; readonly logs: readonly PastLog[] } | { readonly kind: 'many' };

/** What one node tells. It remembers which ranges each node takes. The coin's own logs (EIP-7708) count as those of the law. */
export const transferLogs = (
  surely: Surely,
): ((node: RpcNode, wanted: Wanted, from: bigint, to: bigint) => Promise<ToldLogs>) => {
  const known = new WeakMap<RpcNode, Ranges>();
  return async (node, { owner, tokens, of }, from, to) => {
    const ranges = known.get(node) ?? new Ranges(node, surely);
    known.set(node, ranges);
    const law = [SYSTEM, ...tokens];
    const found: PastLog[] = [];
    const take = (some: readonly PastLog[]): boolean =>
      addLogs(found, of === 'law' ? some : some.filter(({ address }) => !law.includes(address)));
    for (const topics of topicsFor(owner))
      if (!(await ranges.logs({ by: of === 'law' ? law : undefined, topics }, from, to, take))) return { kind: 'many' };
    return { kind: 'logs', logs: inOrder(found) };
  };
};
