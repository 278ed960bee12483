import { Transaction } from 'ethers';
import type { NodeReport } from '#core/facts/node-report.ts';
import type { Decrypted, ReleaseKeys } from '#core/key-ports.ts';
import type {
  Attestation,
  BlockHead,
  ChainClient,
  Log,
  LogFields,
  Machine,
  MachineSpec,
  MachineState,
  Machines,
  Message,
  MinedReceipt,
  MinedTransaction,
  NonceSearch,
  Publisher,
  TransactionLog,
} from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** Everything that was published, oldest first. */
export class MemoryPublisher implements Publisher {
  readonly sent: { readonly topic: string; readonly message: Message }[] = [];
  fault: (topic: string, message: Message) => Error | undefined = () => undefined;

  async publish(topic: string, message: Message) {
    const error = this.fault(topic, message);
    if (error !== undefined) throw error;
    this.sent.push({ topic, message });
  }

  types(): string[] {
    return this.sent.map(({ message }) => message.attributes['ce-type'] ?? '');
  }
}

/** KMS: the ciphertext says for whom and under which AAD it was made, and opens for nothing else. */
export class MemoryKeys implements ReleaseKeys {
  readonly down = new Set<string>();
  readonly hanging = new Set<string>();
  decryptions = 0;

  static encrypt(coSigner: string, plaintext: Uint8Array, aad: string): Uint8Array {
    return Buffer.from(JSON.stringify({ coSigner, aad, plaintext: Buffer.from(plaintext).toString('hex') }));
  }

  async decrypt(coSigner: string, ciphertext: Uint8Array, aad: string): Promise<Decrypted> {
    this.decryptions++;
    if (this.hanging.has(aad)) return new Promise(() => {});
    if (this.down.has(coSigner)) return { kind: 'unreachable', reason: 'the key version is disabled' };
    try {
      const made = JSON.parse(Buffer.from(ciphertext).toString());
      if (made.coSigner !== coSigner || made.aad !== aad) return { kind: 'bad' };
      return { kind: 'plaintext', bytes: Buffer.from(made.plaintext, 'hex') };
    } catch {
      return { kind: 'bad' };
    }
  }
}

export class MemoryAttestation implements Attestation {
  readonly #now: () => number;
  readonly asked: { readonly audience: string; readonly nonce: string }[] = [];
  /** ms that the attestation service is ahead. */
  ahead = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  async token({ audience, nonce }: { audience: string; nonce: string }) {
    this.asked.push({ audience, nonce });
    const claims = { iat: Math.floor((this.#now() + this.ahead) / 1000), eat_nonce: nonce, aud: audience };
    return ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'c2ln'].join('.');
  }
}

export class MemoryMachines implements Machines {
  readonly machines = new Map<string, Machine>();
  readonly started: string[] = [];
  readonly full = new Set<string>();
  /** Zones that do not offer the machine type. */
  readonly lacking = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async start({ zone, name }: MachineSpec) {
    if (this.lacking.has(zone))
      throw new KeyturnError('INVALID_ARGUMENT', `compute: insert ${zone}/${name}: HTTP 400 invalid`);
    if (this.full.has(zone)) return 'exhausted' as const;
    if (this.machines.has(name)) return 'exists' as const;
    this.started.push(name);
    this.machines.set(name, { zone, name, state: 'alive', createdAt: this.#now() });
    return 'started' as const;
  }

  async state(_zone: string, name: string): Promise<MachineState> {
    return this.machines.get(name)?.state ?? 'absent';
  }

  async list(zone: string) {
    return [...this.machines.values()].filter((machine) => machine.zone === zone);
  }

  async delete(_zone: string, name: string) {
    this.machines.delete(name);
  }

  become(name: string, state: MachineState): void {
    const machine = this.machines.get(name);
    if (machine !== undefined) this.machines.set(name, { ...machine, state });
  }
}

export class MemoryLog implements Log {
  readonly lines: { readonly level: string; readonly event: string; readonly fields: LogFields }[] = [];

  #write(level: string, event: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, fields });
  }
  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields);
  }
  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields);
  }
  alarm(event: string, fields?: LogFields): void {
    this.#write('alarm', event, fields);
  }

  codes(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ fields }) => String(fields.code ?? ''));
  }
}

interface Mined {
  readonly transaction: MinedTransaction;
  readonly receipt: MinedReceipt;
}

const senders = new WeakMap<Transaction, string>();

/** Whose signature it carries, recovered once: `from` of ethers does it each time that it is read. */
const senderOf = (transaction: Transaction): string => {
  const sender = senders.get(transaction) ?? transaction.from ?? '';
  senders.set(transaction, sender);
  return sender;
};

/** A chain that checks signatures and nonces; it mines when told to. */
export class MemoryChain implements ChainClient {
  readonly chainId: string;
  readonly #now: () => number;
  readonly sends: string[] = [];
  pool: Transaction[] = [];
  blocks: { readonly head: BlockHead; readonly mined: readonly Mined[] }[] = [];
  baseFee = 1_000_000_000n;
  funds = 10n ** 21n;
  gasLimit: bigint | undefined = 30_000_000n;
  tip: bigint | undefined;
  agreement = 1;
  /** What each url reports, where that is not what is so. */
  urls: readonly (Partial<NodeReport> | 'silent' | 'hangs')[] = [{}];
  /** How often all urls were asked for their reports. */
  reports = 0;
  depth = 0;
  reverts: string | undefined;
  /** What transactions logged, by hash. */
  readonly logged = new Map<string, readonly TransactionLog[]>();
  /** Blocks of which the node keeps the state. */
  keeps = 10n ** 9n;
  fault: (call: string) => Error | undefined = () => undefined;

  constructor(chainId: string, now: () => number) {
    this.chainId = chainId;
    this.#now = now;
    this.mine();
  }

  #enter(call: string): void {
    const error = this.fault(call);
    if (error !== undefined) throw error;
  }

  #all(): readonly Mined[] {
    return this.blocks.flatMap(({ mined }) => mined);
  }

  #used(from: string): bigint {
    return BigInt(this.#all().filter(({ transaction }) => transaction.from === from).length);
  }

  /** Mines the best transaction of each next nonce. */
  mine(): void {
    const number = BigInt(this.blocks.length);
    const head = {
      number,
      hash: `0x${number.toString(16).padStart(64, '0')}`,
      time: this.#now(),
      baseFeePerGas: this.baseFee,
    };
    const mined: Mined[] = [];
    this.blocks.push({ head, mined });
    for (;;) {
      const next = this.pool
        .filter((one) => BigInt(one.nonce) === this.#used(senderOf(one)))
        .filter((one) => (one.maxFeePerGas ?? one.gasPrice ?? 0n) >= this.baseFee)
        .sort((a, b) => Number((b.maxFeePerGas ?? 0n) - (a.maxFeePerGas ?? 0n)))[0];
      if (next === undefined) return;
      const { hash, nonce } = next;
      const from = senderOf(next);
      this.pool = this.pool.filter((one) => senderOf(one) !== from || one.nonce !== nonce);
      mined.push({
        transaction: { hash: hash ?? '', nonce: BigInt(nonce), from },
        receipt: {
          transactionHash: hash ?? '',
          blockNumber: number,
          blockHash: head.hash,
          success: this.reverts === undefined,
          gasUsed: 21_000n,
          effectiveGasPrice: this.baseFee,
          l1Fee: undefined,
        },
      });
    }
  }

  /** A reorganisation: the newest blocks go, with what was in them. */
  reorg(depth: number): void {
    this.blocks = this.blocks.slice(0, -depth);
  }

  async send(raw: string) {
    this.#enter('send');
    const transaction = Transaction.from(raw);
    this.sends.push(transaction.hash ?? '');
    const known = [...this.pool.map(({ hash }) => hash), ...this.#all().map((one) => one.transaction.hash)];
    if (known.includes(transaction.hash)) return 'known' as const;
    const refuse = (field: string) => new KeyturnError('RPC_REFUSED', field, { field });
    const from = senderOf(transaction);
    if (BigInt(transaction.nonce) < this.#used(from)) throw refuse('nonce-too-low');
    const rival = this.pool.find((one) => one.nonce === transaction.nonce && senderOf(one) === from);
    const fee = (one: Transaction) => one.maxFeePerGas ?? one.gasPrice ?? 0n;
    if (rival !== undefined && fee(transaction) * 10n < fee(rival) * 11n) throw refuse('replacement-underpriced');
    this.pool = [...this.pool.filter((one) => one !== rival), transaction];
    return 'sent' as const;
  }

  async sendAll(raws: readonly string[]) {
    const said: PromiseSettledResult<'sent' | 'known'>[] = [];
    for (const raw of raws) said.push(...(await Promise.allSettled([this.send(raw)])));
    return said;
  }

  async receipt(hash: string) {
    this.#enter('receipt');
    return this.#all().find((one) => one.receipt.transactionHash === hash)?.receipt;
  }

  async transaction(hash: string) {
    return this.#all().find((one) => one.transaction.hash === hash)?.transaction;
  }

  async block(at: bigint | 'latest' | 'finalized') {
    this.#enter('block');
    const last = this.blocks.length - 1;
    const n = at === 'latest' ? last : at === 'finalized' ? last - this.depth : Number(at);
    return this.blocks[n]?.head;
  }

  async count(address: string) {
    this.#enter('count');
    return this.#used(address);
  }

  async balance() {
    this.#enter('balance');
    return this.funds;
  }

  async report(address: string, _dataFee: unknown, tell: (report: NodeReport) => void) {
    const [count, balance] = [await this.count(address), await this.balance()];
    const { number = 0n, baseFeePerGas } = (await this.block('latest')) ?? {};
    const { gasLimit, tip } = this;
    const own = { count, balance, block: { number, gasLimit, baseFeePerGas }, tip, dataFees: undefined };
    this.reports++;
    for (const url of this.urls) {
      if (url === 'silent') continue;
      if (url === 'hangs') return new Promise<void>(() => {});
      tell({ ...own, ...url });
    }
  }

  async minedAt(address: string, nonce: bigint): Promise<NonceSearch> {
    this.#enter('minedAt');
    const found = this.#all().find(({ transaction }) => transaction.from === address && transaction.nonce === nonce);
    const kept = BigInt(this.blocks.length) - this.keeps;
    const hashes = found === undefined || found.receipt.blockNumber < kept ? [] : [found.transaction.hash];
    return { used: found !== undefined, hashes };
  }

  async minedIn(height: bigint, address: string, nonce: bigint): Promise<readonly string[]> {
    this.#enter('minedIn');
    const mined = this.blocks[Number(height)]?.mined ?? [];
    const ours = mined.filter(({ transaction }) => transaction.from === address && transaction.nonce === nonce);
    return ours.map(({ transaction }) => transaction.hash);
  }

  async logs(hash: string) {
    this.#enter('logs');
    return this.logged.get(hash) ?? [];
  }

  async revertData() {
    return this.reverts;
  }
}
