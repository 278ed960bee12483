import type { v1 } from '@google-cloud/pubsub';
import type { TipHints } from '#core/transaction/suggest-fees.ts';
import type { Code } from '#schemas/codes.ts';
import type { OutcomeKind } from '#schemas/outcomes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { KeyturnEvent } from './event-types.ts';

/** EIP-2930. */
export type AccessList = readonly { readonly address: string; readonly storageKeys: readonly string[] }[];

/**
 * What a dApp asks for. Money is wei, as bigint. What has a default says so; gas and fees may be left out where a node can be asked
 * (`AskOptions.node`).
 */
export interface PaymentFields {
  /** Your own name for this payment: 1 to 128 of `A-Z a-z 0-9 . _ : @ -`. The same one at each try, always. */
  readonly reference: string;
  /** EIP-55; null creates a contract. */
  readonly to: string | null;
  /** wei; 0 */
  readonly value?: bigint | undefined;
  /** `0x` */
  readonly data?: string | undefined;
  /** Name in the law; the only one. */
  readonly wallet?: string | undefined;
  /** EIP-155; the only one of the wallet. */
  readonly chainId?: bigint | number | string | undefined;
  /** 2 */
  readonly type?: 0 | 1 | 2 | undefined;
  readonly accessList?: AccessList | undefined;
  readonly gasLimit?: bigint | undefined;
  /** wei per gas: the ceiling that co-signers approve. Of types 0 and 1 the gas price. */
  readonly maxFeePerGas?: bigint | undefined;
  /** wei per gas */
  readonly maxPriorityFeePerGas?: bigint | undefined;
  /** The next one, which nobody needs to know. */
  readonly nonce?: bigint | number | undefined;
  /** Id of the request whose nonce is taken, or `foreign`. */
  readonly replaces?: string | undefined;
  /** Until when it may be signed; an hour from now. Fractions of a second are cut off. */
  readonly validUntil?: Date | undefined;
  /** For people; "" */
  readonly memo?: string | undefined;
}

/** wei, and null for a contract creation. */
export interface CallToEstimate {
  readonly from: string;
  readonly to: string | null;
  readonly value: bigint;
  readonly data: string;
}

/** A node of the dApp's own choice. It suggests numbers; what co-signers approve is what counts. What it throws is thrown on. */
export interface NodeHints {
  estimateGas(call: CallToEstimate): Promise<bigint>;
  /** wei per gas, of the newest block; undefined where it shows none. */
  baseFee(): Promise<bigint | undefined>;
  tips(): Promise<TipHints>;
}

/** A transaction that the dApp's own node shows in a block. */
export interface MinedTransaction {
  readonly hash: string;
  /** In any spelling. */
  readonly from: string;
  readonly to: string | null;
  /** wei */
  readonly value: bigint;
  readonly data: string;
  readonly reverted: boolean;
}

/** A node of the dApp's own. */
export interface NodeReader<T extends MinedTransaction = MinedTransaction> {
  /** Undefined while it is in no block. */
  mined(hash: string): Promise<T | undefined>;
}

/** What a requester signs: EIP-712, for `eth_signTypedData_v4`. */
export interface TypedRequest {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: bigint;
    readonly salt: `0x${string}`;
  };
  readonly types: { readonly Request: readonly { readonly name: string; readonly type: string }[] };
  readonly primaryType: 'Request';
  readonly message: Readonly<Record<string, unknown>>;
}

/**
 * Who asks with a key of their own. An account of viem is one as it is; `ethersRequester` of `client/ethers.ts` makes one of a Signer. The key
 * can ask for payments, and approve none.
 */
export interface Requester {
  /** EIP-55 */
  readonly address: string;
  /** 65 bytes: `0x` and 130 hex digits. */
  signTypedData(typed: TypedRequest): Promise<string>;
}

/** How a request ended: a function's word. What the chain holds, your own node tells. */
export interface Outcome {
  readonly outcome: OutcomeKind;
  readonly code: Code | '';
  readonly reason: string;
  /** "" where nothing was mined. */
  readonly transactionHash: string;
  readonly blockNumber: string;
  /** Name of the receipt in the results bucket; "" where there is none. */
  readonly receipt: string;
}

/** What is stored of a request. Its content hashes to its id; all else is the word of whoever wrote it. Times are texts in UTC. */
export type Status =
  | { readonly stage: 'unknown'; readonly id: string }
  | (StoredRequest & { readonly stage: 'accepted' })
  | (StoredRequest & { readonly stage: 'approved'; readonly approvedBy: readonly string[] })
  | (StoredRequest & {
      readonly stage: 'submitted';
      readonly approvedBy: readonly string[];
      readonly nonce: string;
      /** Lowest fee first. One of them is mined, or none. */
      readonly transactionHashes: readonly string[];
    })
  | (StoredRequest & { readonly stage: 'decided'; readonly outcome: Outcome });

export interface StoredRequest {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly acceptedAt: string;
}

/** An identity as google-auth-library makes it: `await new GoogleAuth({ scopes }).getClient()`. */
export type AuthClient = NonNullable<NonNullable<ConstructorParameters<typeof v1.PublisherClient>[0]>['authClient']>;

/** Who the dApp is for Google. Nothing given: its application-default credentials. */
export interface Identity {
  readonly authClient?: AuthClient | undefined;
  /** A file with an access token that does not expire: a lab's. */
  readonly tokenFile?: string | undefined;
}

export interface ClientOptions extends Identity {
  /**
   * The law that your company trusts, as JSON: keyturn.json, or its half `law`. It comes from your own repository, never from the deployment: it
   * says which wallet an id is about.
   */
  readonly config: unknown;
  /** Who asks: a name, or an account that signs each request. */
  readonly requester: string | Requester;
}

/** A request that is not published yet. `request` is plain JSON: keep it, and what is published later is the very same request. */
export interface PreparedRequest {
  readonly id: string;
  readonly request: TransactionRequest;
}

/** A request that is published. */
export interface AskedRequest extends PreparedRequest {
  /** sha256 of the published bytes: a refusal is found by it. */
  readonly dataHash: string;
  /** The very same request was accepted before; nothing was published now. */
  readonly already: boolean;
  /** Generation of a refusal of these bytes that was there before: it is no answer to this try. */
  readonly refusedBefore: string | undefined;
}

export interface AskOptions {
  /** Asked for gas and fees that are not given. */
  readonly node?: NodeHints | undefined;
}

export interface Stoppable {
  /** Stops the waiting, not the payment. `AbortSignal.timeout(ms)` bounds it in time. */
  readonly signal?: AbortSignal | undefined;
}

/** Which payment a transaction is: what a library that only knows transactions cannot say. */
export interface Payment extends Stoppable, Pick<PaymentFields, 'reference' | 'memo' | 'validUntil' | 'replaces'> {}

/** A wallet of the law, by name. */
export interface WalletInfo {
  readonly name: string;
  readonly address: string;
  readonly chainIds: readonly string[];
}

/** What a dApp may do: ask, look, wait, and listen. Every error is a KeyturnError. */
export interface Client {
  /** What would be published, checked as intake will. Publishes nothing. Throws what intake would refuse with. */
  prepare(fields: PaymentFields, options?: AskOptions): Promise<PreparedRequest>;
  /** Publishes. Resolves when Pub/Sub has it: intake answers later, and `waitFor` throws its refusal. */
  request(asked: PaymentFields | PreparedRequest, options?: AskOptions): Promise<AskedRequest>;
  /** What is stored under this id. `unknown`: nothing is, yet or at all. */
  status(id: string): Promise<Status>;
  /** Until it is stored. */
  waitFor(asked: AskedRequest | string, options: Stoppable & { readonly until: 'accepted' }): Promise<Status>;
  /** Until a node of your own shows it in a block, which may still be reorganised. */
  waitFor<T extends MinedTransaction>(
    asked: AskedRequest | string,
    options: Stoppable & { readonly until: 'mined'; readonly node: NodeReader<T> },
  ): Promise<T>;
  /** `final`: throws the code of an end without a transaction of its own. `outcome`: however it ends. */
  waitFor(asked: AskedRequest | string, options: Stoppable & { readonly until: 'final' | 'outcome' }): Promise<Outcome>;
  /**
   * What a subscription brings, each event acknowledged when the next one is asked for. `subscription`: the short name of your own; that of
   * `terraform/`, which all dApps share, where it is left out.
   */
  events(
    options?: Stoppable & { readonly subscription?: string | undefined },
  ): AsyncGenerator<KeyturnEvent, void, undefined>;
  /** The wallet of this name, or the only one. */
  wallet(name?: string): WalletInfo;
  /** Who asks: a name, or the address of who signs. */
  readonly requester: string;
  close(): Promise<void>;
}
