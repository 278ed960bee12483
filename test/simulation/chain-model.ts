import type { Faulter } from './call-faults.ts';
import { type ChainRules, mostOf, obstacleOf, rulesFor, Unmineable } from './chain-rules.ts';
import { BLOCK_TIME, FINAL_DEPTH, START } from './law.ts';
import type { Random } from './random.ts';
import { readRaw, type Sent } from './sent.ts';

export interface Block {
  readonly number: number;
  readonly hash: string;
  /** ms */
  readonly time: number;
  readonly baseFee: bigint;
  readonly mined: readonly Sent[];
}

export interface Mined {
  readonly sent: Sent;
  readonly block: Block;
}

const GWEI = 10n ** 9n;
/** A chain: mempool, base fee, balances, the nonce rule, the 10 % rule, blocks that come with time, finality by depth, reorganisations. */
export class ChainModel {
  readonly chainId: string;
  readonly #random: Random;
  readonly #faults: Faulter;
  readonly rules: ChainRules;
  readonly blocks: Block[] = [];
  readonly pool = new Map<string, Sent>();
  /** By hash: the newest block when the pool took it. */
  readonly takenAt = new Map<string, number>();
  /** Transactions of somebody else who has a wallet's key, by hash. */
  readonly foreign = new Set<string>();
  /** Pushed out of this pool by a better one: other nodes may have kept it, and mine it after a reorganisation. */
  readonly #displaced: Sent[] = [];
  /** ms: no url answers. */
  down: { readonly from: number; readonly to: number } | undefined;
  /** Counts every change of the canonical chain. */
  version = 0;
  #baseFee = 10n * GWEI;
  #spike = 0;
  #forks = 0;
  #seen: { version: number; list: readonly Mined[] } = { version: 0, list: [] };
  note: (line: string) => void = () => {};

  constructor(chainId: string, random: Random, faults: Faulter) {
    this.chainId = chainId;
    this.#random = random;
    this.#faults = faults;
    this.rules = rulesFor(faults.profile, chainId, random);
    for (let n = 0; n <= FINAL_DEPTH; n++) this.blocks.push(this.#block(n, []));
  }

  get head(): Block {
    const last = this.blocks.at(-1);
    if (last === undefined) throw new Error('a chain without blocks');
    return last;
  }

  get final(): number {
    return Math.max(0, this.head.number - FINAL_DEPTH);
  }

  count(from: string, upTo = this.head.number): number {
    return this.minedOf(from).filter(({ block }) => block.number <= upTo).length;
  }

  minedOf(from: string): readonly Mined[] {
    return this.mined().filter(({ sent }) => sent.from === from);
  }

  mined(): readonly Mined[] {
    if (this.#seen.version !== this.version)
      this.#seen = {
        version: this.version,
        list: this.blocks.flatMap((block) => block.mined.map((sent) => ({ sent, block }))),
      };
    return this.#seen.list;
  }

  balance(from: string): bigint {
    return this.minedOf(from).reduce((left, { sent }) => left - mostOf(sent, this.rules), this.rules.funds);
  }

  /** What a node answers to a raw transaction; throws the words of geth, as `Unmineable` where no block could hold it. */
  send(raw: string): void {
    const sent = readRaw(raw);
    const { repeats } = this.rules;
    const isMined = this.mined().some(({ sent: { hash } }) => hash === sent.hash);
    if (repeats && sent.nonce === 0 && (isMined || this.pool.has(sent.hash))) {
      this.#repeat(sent);
      return;
    }
    if (this.pool.has(sent.hash) || (isMined && this.#random.chance(0.5))) throw new Error('already known');
    if (sent.nonce < this.count(sent.from)) throw new Error(`nonce too low: next nonce ${this.count(sent.from)}`);
    const obstacle = obstacleOf(sent, this.rules, this.head.time);
    if (obstacle !== undefined) throw new Unmineable(obstacle);
    if (mostOf(sent, this.rules) > this.balance(sent.from))
      throw new Unmineable('insufficient funds for gas * price + value');
    const rival = [...this.pool.values()].find(({ from, nonce }) => from === sent.from && nonce === sent.nonce);
    if (rival !== undefined) {
      if (sent.maxFee * 10n < rival.maxFee * 11n || sent.tip * 10n < rival.tip * 11n)
        throw new Error('replacement transaction underpriced');
      this.#displace(rival);
    }
    this.pool.set(sent.hash, sent);
    this.takenAt.set(sent.hash, this.head.number);
  }

  /** As if no nonce were given: at the account's next one. */
  #repeat(sent: Sent): void {
    const pending = [...this.pool.values()].filter(({ from }) => from === sent.from).length;
    const nonce = this.count(sent.from) + pending;
    this.pool.set(`${sent.hash}/${nonce}`, { ...sent, nonce });
    this.note(`chain ${this.chainId}: the same bytes are executed again`);
  }

  #displace(rival: Sent): void {
    this.pool.delete(rival.hash);
    this.#displaced.push(rival);
  }

  isDown(now: number): boolean {
    return !this.#faults.stopped && this.down !== undefined && now >= this.down.from && now < this.down.to;
  }

  /** Somebody else signs with the wallet's key and pays more than any ladder. Answers the hash. */
  sendForeign(from: string, ahead: number): Sent {
    const nonce = this.count(from) + ahead;
    const hash = `0x${'f0'.repeat(28)}${this.chainId.padStart(4, '0')}${nonce.toString().padStart(4, '0')}`;
    const fee = 10_000n * GWEI;
    const own = {
      hash,
      from,
      nonce,
      maxFee: fee,
      tip: fee,
      gas: 21_000n,
      value: 1n,
      to: from,
      data: '0x',
      type: 2,
      bytes: 0,
    };
    const sent = { ...own, chainId: BigInt(this.chainId) };
    for (const rival of [...this.pool.values()])
      if (rival.from === from && rival.nonce === nonce) this.#displace(rival);
    this.pool.set(hash, sent);
    this.foreign.add(hash);
    return sent;
  }

  /** Mines what is due by now (ms), and lets go wrong what the profile says. */
  advance(now: number): void {
    const due = Math.floor((now - START) / BLOCK_TIME) + FINAL_DEPTH;
    while (this.head.number < due) this.#mineNext();
  }

  #mineNext(): void {
    const { chain, reorgs } = this.#faults.profile;
    if (this.pool.size + this.mined().length > 0) {
      if (this.#faults.happens(Math.max(chain, reorgs))) this.#reorganise(this.#faults.between(1, FINAL_DEPTH - 1));
      if (this.#faults.happens(chain)) this.#spike = this.#faults.between(2, 30);
      if (this.#faults.happens(chain)) this.pool.clear();
    }
    this.#baseFee = this.#spike > 0 && !this.#faults.stopped ? 500n * GWEI : 10n * GWEI;
    this.#spike = Math.max(0, this.#spike - 1);
    this.#push();
  }

  #push(): void {
    const mined = this.#fill();
    this.blocks.push(this.#block(this.head.number + 1, mined));
    if (mined.length > 0) this.version += 1;
  }

  #reorganise(depth: number): void {
    const lost = this.blocks.splice(-depth);
    this.#forks += 1;
    for (const sent of lost.flatMap(({ mined }) => mined)) {
      const rivals = this.#displaced.filter(({ from, nonce }) => from === sent.from && nonce === sent.nonce);
      const back = rivals.length > 0 && this.#faults.happens(0.7) ? this.#faults.pick(rivals) : sent;
      if (!this.#faults.happens(0.5) && this.#isNext(back)) this.pool.set(back.hash, back);
    }
    this.note(`chain ${this.chainId}: a reorganisation of ${depth} blocks`);
    this.version += 1;
    for (let n = 0; n < depth; n++) this.#push();
  }

  #isNext({ from, nonce }: Sent): boolean {
    return ![...this.pool.values()].some((other) => other.from === from && other.nonce === nonce);
  }

  /** ms: when the block after the newest is made. */
  get #nextTime(): number {
    return START + (this.head.number + 1 - FINAL_DEPTH) * BLOCK_TIME;
  }

  /** Whatever pays the base fee, can be paid, fits and is next in line, most of the time. */
  #fill(): Sent[] {
    const { rules } = this;
    const time = this.#nextTime;
    const mined: Sent[] = [];
    for (;;) {
      const counted = (from: string) => this.count(from) + mined.filter((one) => one.from === from).length;
      const left = (from: string) =>
        mined.reduce((rest, one) => (one.from === from ? rest - mostOf(one, rules) : rest), this.balance(from));
      const room = mined.reduce((rest, { gas }) => rest - gas, rules.blockGas(time));
      const next = [...this.pool].find(
        ([, sent]) =>
          sent.nonce === counted(sent.from) &&
          sent.maxFee >= this.#baseFee &&
          sent.gas <= room &&
          obstacleOf(sent, rules, time) === undefined &&
          mostOf(sent, rules) <= left(sent.from),
      );
      if (next === undefined || this.#random.chance(rules.repeats ? 0.7 : 0.25)) break;
      this.pool.delete(next[0]);
      mined.push(next[1]);
    }
    if (mined.length > 0)
      this.note(
        `chain ${this.chainId}: mined ${mined.map(({ hash, nonce }) => `${hash.slice(0, 10)} (nonce ${nonce})`).join(', ')}`,
      );
    return mined;
  }

  #block(number: number, mined: readonly Sent[]): Block {
    const hash = `0x${this.chainId.padStart(2, '0')}${this.#forks.toString(16).padStart(4, '0')}${number.toString(16).padStart(58, '0')}`;
    return { number, hash, time: START + (number - FINAL_DEPTH) * BLOCK_TIME, baseFee: this.#baseFee, mined };
  }
}
