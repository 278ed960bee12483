import type { DataFeeQuestion, NodeReport } from './facts/node-report.ts';

/**
 * What the pipeline asks of the world. Every effect goes through one of these, so that the simulation can replay a seed. All times are ms
 * since the epoch. Adapters throw KeyturnError only (PERMISSION_DENIED, UNAUTHENTICATED, NOT_FOUND, INVALID_ARGUMENT, CHECKSUM_MISMATCH,
 * UNAVAILABLE, DEADLINE, RPC_REFUSED …), never a client's own error.
 */

/** One generation of an object. Custom metadata is never believed by the workload: an operator can edit it under any lock. */
export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
  /** Counts the patches of this generation's metadata. */
  readonly metageneration: string;
  readonly size: number;
  /** ms. Set by Cloud Storage. */
  readonly timeCreated: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** False for a noncurrent (archived) generation. */
  readonly live: boolean;
  /** Of its bytes: base64, big-endian, as Cloud Storage tells it. Missing where it told none. */
  readonly crc32c?: string;
}

export interface Content {
  readonly object: StoredObject;
  readonly bytes: Uint8Array;
}

export interface Listing {
  readonly objects: readonly StoredObject[];
  /** ms: the `Date` of the answer (of the first page, where there are several): nothing created later need be in it. */
  readonly at: number;
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

export interface BucketSettings {
  readonly projectNumber: string;
  readonly retentionSeconds: number;
  readonly retentionLocked: boolean;
  readonly hierarchicalNamespace: boolean;
}

export interface Storage {
  /**
   * Creates the object unless that name has a live generation (ifGenerationMatch=0; "exists" is 412, or 403 and a GET that finds it).
   * Bytes are checked by CRC32C on the server.
   */
  createOnce(
    bucket: string,
    name: string,
    bytes: Uint8Array,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<{ readonly created: boolean; readonly object: StoredObject }>;
  /**
   * Live generation (or the one named), bytes raw and checked by CRC32C. Undefined where there is none. At most `limit` bytes: TOO_LARGE.
   * `listed`: that very generation as `list`, `stat` or `createOnce` gave it a moment ago, which saves asking for it again.
   */
  read(
    bucket: string,
    name: string,
    options?: { readonly generation?: string; readonly limit?: number; readonly listed?: StoredObject },
  ): Promise<Content | undefined>;
  stat(bucket: string, name: string): Promise<StoredObject | undefined>;
  /** One page, in name order. `versions`: all generations. `startOffset`: no name before this one. */
  list(
    bucket: string,
    prefix: string,
    options?: {
      readonly versions?: boolean;
      readonly from?: string;
      readonly startOffset?: string;
      readonly limit?: number;
    },
  ): Promise<Listing>;
  /**
   * Sets these keys of the live generation's custom metadata. null takes a key away; the others stay. False where there is no object, or where
   * it is no longer as it was with that `metageneration`.
   */
  setMetadata(
    bucket: string,
    name: string,
    metadata: Readonly<Record<string, string | null>>,
    metageneration?: string,
  ): Promise<boolean>;
  /** Deletes the live generation; false where there was none. */
  delete(bucket: string, name: string): Promise<boolean>;
  settings(bucket: string): Promise<BucketSettings>;
}

export interface Message {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Publisher {
  /** `topic` is the short name. Resolves when Pub/Sub has it. */
  publish(topic: string, message: Message): Promise<void>;
}

/** A subscription that wakes an idle turn. */
export interface Wakes {
  /**
   * Waits until messages come, acknowledges them, and answers how many. 0: the wait ran out, or `stop` ended it. Nothing of a message is told.
   * Throws NOT_FOUND, PERMISSION_DENIED and the like.
   */
  pull(stop: AbortSignal): Promise<number>;
}

export interface MachineSpec {
  readonly zone: string;
  readonly name: string;
  readonly wallet: string;
  readonly turn: bigint;
}

export type MachineState = 'alive' | 'stopped' | 'absent';

export interface Machine {
  readonly zone: string;
  readonly name: string;
  readonly state: MachineState;
  /** ms */
  readonly createdAt: number;
}

export interface Machines {
  /**
   * Waits for the operation. `exists`: a VM of that name was there already, so it is ours. `exhausted`: the zone has no room. Throws
   * INVALID_ARGUMENT or NOT_FOUND where the same insert can never succeed in this zone.
   */
  start(spec: MachineSpec): Promise<'started' | 'exists' | 'exhausted'>;
  state(zone: string, name: string): Promise<MachineState>;
  /** The VMs of this deployment in one zone. */
  list(zone: string): Promise<readonly Machine[]>;
  /** Absent is fine. */
  delete(zone: string, name: string): Promise<void>;
}

export interface MinedReceipt {
  readonly transactionHash: string;
  readonly blockNumber: bigint;
  readonly blockHash: string;
  readonly success: boolean;
  readonly gasUsed: bigint;
  /** wei per gas; undefined where the node does not say it */
  readonly effectiveGasPrice: bigint | undefined;
  /** wei: what a rollup charges beside the gas, for data on its base chain and for its operator. Undefined where the node names none. */
  readonly l1Fee: bigint | undefined;
  /** wei: what its blobs cost (EIP-4844). Absent where it carries none. */
  readonly blobFee?: bigint | undefined;
}

/** What a contract logged in a transaction. Topics and data: `0x` and lower-case hex. */
export interface TransactionLog {
  /** EIP-55 */
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  /** Place among all logs of the block. */
  readonly index: bigint;
}

/** What is asked of a mined transaction that is perhaps not ours: whose nonce it used. Its hash commits to all else. */
export interface MinedTransaction {
  readonly hash: string;
  readonly nonce: bigint;
  readonly from: string;
}

/** The transaction that used up a nonce. */
export interface NonceUse {
  readonly hash: string;
  readonly blockNumber: bigint;
}

/** What nodes tell of a nonce whose transaction nobody knows. */
export interface NonceSearch {
  /** As many nodes as must agree count past the nonce. */
  readonly used: boolean;
  /** What any node says used it: to be looked up, believed for nothing. Empty where none has the state of that time (most keep 128 blocks). */
  readonly hashes: readonly string[];
}

export interface BlockHead {
  readonly number: bigint;
  readonly hash: string;
  /** ms */
  readonly time: number;
  /** wei; undefined before London */
  readonly baseFeePerGas: bigint | undefined;
}

/** One chain behind its RPC urls. An empty answer is never a failure; nothing here decides a nonce. */
export interface ChainClient {
  readonly chainId: string;
  /** How many urls must say the same about what decides: the law's word. */
  readonly agreement: number;
  /**
   * Gives the raw transaction to every node that does not have it, once each. `sent`: one took it. `known`: none did, and one has it already,
   * in its pool or mined. Throws only where none has it.
   */
  send(raw: string): Promise<'sent' | 'known'>;
  /** The same of several, each node in this order: that of their nonces. What became of each, in that order. Throws CONFIG alone. */
  sendAll(raws: readonly string[]): Promise<readonly PromiseSettledResult<'sent' | 'known'>[]>;
  receipt(hash: string): Promise<MinedReceipt | undefined>;
  /** What a mined transaction logged in this block. Undefined where not enough urls tell the same. It decides no outcome. */
  logs(hash: string, blockHash: string): Promise<readonly TransactionLog[] | undefined>;
  transaction(hash: string): Promise<MinedTransaction | undefined>;
  /** A block by number or tag; undefined where the node has none. */
  block(at: bigint | 'latest' | 'finalized'): Promise<BlockHead | undefined>;
  /**
   * Transactions mined from this address. `latest`: what as many nodes have reached as must agree, or all that answer. `claimed`: the most
   * that any node says. It is a hint that asking is worth while, and no lagging or lying node can hide it.
   */
  count(address: string, at: 'claimed' | 'latest' | 'finalized'): Promise<bigint>;
  /** wei: the median of what the nodes say, the lower of two. */
  balance(address: string): Promise<bigint>;
  /**
   * Tells what each url says of this address and the newest block, as it comes in. Ends once no url is waited for. Throws only where none said
   * anything.
   */
  report(address: string, dataFee: DataFeeQuestion | undefined, tell: (report: NodeReport) => void): Promise<void>;
  /** What was mined from this address at this nonce, searched for without knowing its hash. */
  minedAt(address: string, nonce: bigint): Promise<NonceSearch>;
  /** Hashes that any node lists in the block of this height, from this address at this nonce. */
  minedIn(height: bigint, address: string, nonce: bigint): Promise<readonly string[]>;
  /** Why a mined transaction reverted: the return data of the same call on the block before, `0x…`. Best effort; nothing hangs on it. */
  revertData(hash: string): Promise<string | undefined>;
}

export interface Chains {
  /** Throws CONFIG where no RPC is configured. */
  of(chainId: string): ChainClient;
}

export interface Attestation {
  /** A fresh token of Confidential Space. `type` PKI carries its certificate chain. `nonce`: 10 to 74 bytes. */
  token(request: { readonly audience: string; readonly nonce: string; readonly type: 'OIDC' | 'PKI' }): Promise<string>;
}

export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One JSON line per event. Values are names, ids, codes and counts: never shares, keys, tokens or signed bytes. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** Something that an operator must check: an alert fires on it. */
  alarm(event: string, fields?: LogFields): void;
}

/** For whoever reads what others raise alarms of, and has nothing to say of it. */
export const SILENT_LOG: Log = { info: () => {}, warn: () => {}, alarm: () => {} };
