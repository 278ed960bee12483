import { Transaction } from 'ethers';
import type {
  Attestation,
  BlockHead,
  BucketSettings,
  ChainClient,
  Content,
  Decrypted,
  Listing,
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
  ReleaseKeys,
  Storage,
  StoredObject,
} from '#core/ports.ts';
import { KeyturnError } from '#schemas/codes.ts';

interface Generation {
  readonly object: StoredObject;
  readonly bytes: Uint8Array;
}

export type Fault = (call: string, bucket: string, name: string) => Error | undefined;

/** Cloud Storage as the port promises it: generations, create-once, listings in name order. `fault` runs before a call has any effect. */
export class MemoryStorage implements Storage {
  readonly #now: () => number;
  readonly #objects = new Map<string, Generation[]>();
  #generation = 0;
  settingsOf: BucketSettings = {
    projectNumber: '1',
    retentionSeconds: 0,
    retentionLocked: false,
    hierarchicalNamespace: false,
  };
  fault: Fault = () => undefined;
  /** Runs once before the next call of that kind on a name with that prefix: another actor's move in between. */
  before: { call: string; prefix: string; run: () => void | Promise<void> } | undefined;
  readonly calls: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  async #enter(call: string, bucket: string, name: string): Promise<void> {
    this.calls.push(`${call} ${bucket}/${name}`);
    const { before } = this;
    if (before?.call === call && name.startsWith(before.prefix)) {
      this.before = undefined;
      await before.run();
    }
    const error = this.fault(call, bucket, name);
    if (error !== undefined) throw error;
  }

  #live(bucket: string, name: string): Generation | undefined {
    return this.#objects.get(`${bucket}/${name}`)?.find(({ object }) => object.live);
  }

  /** What an owner of the bucket can do behind everyone's back. */
  put(
    bucket: string,
    name: string,
    bytes: Uint8Array,
    over: { metadata?: Readonly<Record<string, string>>; timeCreated?: number } = {},
  ): StoredObject {
    this.archive(bucket, name);
    this.#generation++;
    const object: StoredObject = {
      bucket,
      name,
      generation: String(this.#generation),
      size: bytes.length,
      timeCreated: over.timeCreated ?? this.#now(),
      metadata: over.metadata ?? {},
      live: true,
    };
    const key = `${bucket}/${name}`;
    this.#objects.set(key, [...(this.#objects.get(key) ?? []), { object, bytes: bytes.slice() }]);
    return object;
  }

  archive(bucket: string, name: string): void {
    const key = `${bucket}/${name}`;
    const generations = this.#objects.get(key);
    if (generations === undefined) return;
    this.#objects.set(
      key,
      generations.map(({ object, bytes }) => ({ object: { ...object, live: false }, bytes })),
    );
  }

  erase(bucket: string, name: string): void {
    this.#objects.delete(`${bucket}/${name}`);
  }

  names(bucket: string, prefix = ''): string[] {
    const found = [...this.#objects.values()].flatMap((all) => all.filter(({ object }) => object.live));
    return found
      .map(({ object }) => object)
      .filter((object) => object.bucket === bucket && object.name.startsWith(prefix))
      .map(({ name }) => name)
      .sort();
  }

  json(bucket: string, name: string): unknown {
    const found = this.#live(bucket, name);
    return found === undefined ? undefined : JSON.parse(Buffer.from(found.bytes).toString());
  }

  async createOnce(bucket: string, name: string, bytes: Uint8Array, metadata = {}) {
    await this.#enter('create', bucket, name);
    const taken = this.#live(bucket, name);
    if (taken !== undefined) return { created: false, object: taken.object };
    return { created: true, object: this.put(bucket, name, bytes, { metadata }) };
  }

  async read(bucket: string, name: string, options: { generation?: string; limit?: number } = {}) {
    await this.#enter('read', bucket, name);
    const all = this.#objects.get(`${bucket}/${name}`) ?? [];
    const found =
      options.generation === undefined
        ? this.#live(bucket, name)
        : all.find(({ object }) => object.generation === options.generation);
    if (found === undefined) return undefined;
    if (found.bytes.length > (options.limit ?? Number.POSITIVE_INFINITY)) throw new KeyturnError('TOO_LARGE', name);
    return { object: found.object, bytes: found.bytes.slice() } satisfies Content;
  }

  async stat(bucket: string, name: string) {
    await this.#enter('stat', bucket, name);
    return this.#live(bucket, name)?.object;
  }

  async list(bucket: string, prefix: string, options: { versions?: boolean; from?: string; limit?: number } = {}) {
    await this.#enter('list', bucket, prefix);
    const all = [...this.#objects.values()]
      .flat()
      .map(({ object }) => object)
      .filter((object) => object.bucket === bucket && object.name.startsWith(prefix))
      .filter(({ live }) => options.versions === true || live)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : Number(a.generation) - Number(b.generation)));
    const start = Number(options.from ?? 0);
    const end = start + (options.limit ?? 1000);
    const next = end < all.length ? String(end) : undefined;
    return { objects: all.slice(start, end), at: this.#now(), next } satisfies Listing;
  }

  async setMetadata(bucket: string, name: string, metadata: Readonly<Record<string, string>>) {
    await this.#enter('patch', bucket, name);
    const key = `${bucket}/${name}`;
    const found = this.#live(bucket, name);
    if (found === undefined) return false;
    const all = this.#objects.get(key) ?? [];
    this.#objects.set(
      key,
      all.map((one) => (one === found ? { ...one, object: { ...one.object, metadata } } : one)),
    );
    return true;
  }

  async delete(bucket: string, name: string) {
    await this.#enter('delete', bucket, name);
    const there = this.#live(bucket, name) !== undefined;
    if (there) this.erase(bucket, name);
    return there;
  }

  async settings() {
    return this.settingsOf;
  }
}

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
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async start({ zone, name }: MachineSpec) {
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

/** A chain that checks signatures and nonces; it mines when told to. */
export class MemoryChain implements ChainClient {
  readonly chainId: string;
  readonly #now: () => number;
  readonly sends: string[] = [];
  pool: Transaction[] = [];
  blocks: { readonly head: BlockHead; readonly mined: readonly Mined[] }[] = [];
  baseFee = 1_000_000_000n;
  funds = 10n ** 21n;
  depth = 0;
  reverts: string | undefined;
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
        .filter((one) => BigInt(one.nonce) === this.#used(one.from ?? ''))
        .filter((one) => (one.maxFeePerGas ?? one.gasPrice ?? 0n) >= this.baseFee)
        .sort((a, b) => Number((b.maxFeePerGas ?? 0n) - (a.maxFeePerGas ?? 0n)))[0];
      if (next === undefined) return;
      const { hash, from, to, nonce, value, data, gasLimit, type, chainId } = next;
      this.pool = this.pool.filter((one) => one.from !== from || one.nonce !== nonce);
      mined.push({
        transaction: {
          hash: hash ?? '',
          type: type ?? 0,
          chainId,
          nonce: BigInt(nonce),
          from: from ?? '',
          to,
          value,
          data,
          gasLimit,
        },
        receipt: {
          transactionHash: hash ?? '',
          blockNumber: number,
          blockHash: head.hash,
          success: this.reverts === undefined,
          gasUsed: 21_000n,
          effectiveGasPrice: this.baseFee,
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
    if (BigInt(transaction.nonce) < this.#used(transaction.from ?? '')) throw refuse('nonce-too-low');
    const rival = this.pool.find(({ from, nonce }) => from === transaction.from && nonce === transaction.nonce);
    const fee = (one: Transaction) => one.maxFeePerGas ?? one.gasPrice ?? 0n;
    if (rival !== undefined && fee(transaction) * 10n < fee(rival) * 11n) throw refuse('replacement-underpriced');
    this.pool = [...this.pool.filter((one) => one !== rival), transaction];
    return 'sent' as const;
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

  async revertData() {
    return this.reverts;
  }
}
