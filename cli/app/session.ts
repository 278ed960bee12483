import type { ChainHints } from '#adapters/chain/hints.ts';
import type { PastChain } from '#adapters/chain/past.ts';
import type { RawBlock } from '#adapters/chain/raw-block.ts';
import type { NodeRun } from '#adapters/chain/simulate.ts';
import type { Inspector } from '#adapters/inspect/inspector.ts';
import type { LogEntry } from '#adapters/inspect/read-logs.ts';
import type { Lessor } from '#adapters/pubsub/lease.ts';
import type { Encrypter } from '#core/key-ports.ts';
import type { Chains, Clock, Machines, Message, Publisher, Storage } from '#core/ports.ts';
import type { CoSigner } from '#schemas/config.ts';
import { coSignerNamed } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type Deployment, noCoSigner } from './deployment.ts';
import type { Output } from './output.ts';

/** A Pub/Sub subscription, for people who watch. */
export interface Subscriber {
  /** Hands each message to `handle` and acks it once that resolves; a throw leaves it for another delivery. Ends when `signal` aborts. */
  follow(subscription: string, handle: (message: Message) => Promise<void>, signal: AbortSignal): Promise<void>;
}

export type { Binding, IdentityProvider, Inspector } from '#adapters/inspect/inspector.ts';
export type { Leased, Lessor } from '#adapters/pubsub/lease.ts';

/** What one RPC url answered; `place` counts from 1, since a url holds a key and is not shown. */
export interface RpcAnswer {
  readonly place: number;
  /** The newest block; undefined where the url did not answer, or is one of another chain. */
  readonly head: bigint | undefined;
  /** The newest block that it calls final; undefined where it knows none. */
  readonly finalized?: bigint | undefined;
  /** Its web3_clientVersion; "" where it does not say. */
  readonly client?: string;
  /** '' where all is well. */
  readonly problem: string;
}

/** What commands ask of the world. Each port is opened when first asked for: a command loads only the clients that it uses. */
export interface Ports {
  storage(): Promise<Storage>;
  publisher(): Promise<Publisher>;
  encrypter(): Promise<Encrypter>;
  chains(): Promise<Chains>;
  subscriber(): Promise<Subscriber>;
  lessor(): Promise<Lessor>;
  machines(): Promise<Pick<Machines, 'state'>>;
  inspector(): Promise<Inspector>;
  /** Every configured url of a chain, each asked on its own. */
  rpcAnswers(chainId: string): Promise<readonly RpcAnswer[]>;
  /** Asks a signer at a url for eth_signTypedData_v4 by its account. `payload`: JSON. What it answers is not checked. */
  signTypedData(url: string, account: string, payload: string): Promise<string>;
  /** Entries of Cloud Logging that fit a filter, the oldest first. */
  logs(projectId: string, filter: string, limit: number): Promise<readonly LogEntry[]>;
  /** What the chain suggests and expects, for people. */
  hints(chainId: string): Promise<ChainHints>;
  /** What each url says that a request would do, sent from this address. Throws where no url is to be had. */
  simulations(request: TransactionRequest, from: string): Promise<readonly NodeRun[]>;
  /** A block and all its receipts, as one node tells them: for audits, which prove it by its hash. Throws as nodes do. */
  rawBlock(chainId: string, blockHash: string): Promise<RawBlock>;
  /** A chain as it was at final blocks, for books: by as many urls as must agree. */
  past(chainId: string): Promise<PastChain>;
  close(): Promise<void>;
}

/** One run of one command. */
export interface Session {
  readonly deployment: Deployment;
  readonly ports: Ports;
  readonly out: Output;
  readonly clock: Clock;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The principal: always known in a lab; in the cloud only where --as was given. */
  readonly me: string | undefined;
  /** What to type to go on, as it can be pasted here: the wrapper, `rest`, and `--config` where this run was given one. */
  commandLine(rest: string): string;
  /** Asks the person at the terminal; undefined where there is none. `hidden`: what is typed is not shown. */
  ask(question: string, hidden?: 'hidden'): Promise<string | undefined>;
  /** All of standard input. Throws TOO_LARGE above `limit` bytes. */
  stdin(limit: number): Promise<Uint8Array>;
  /** A fresh random UUID. */
  uuid(): string;
  /** What to tell a person who interrupts from now on. `stream`: lines of JSON that end so are whole, and nothing is added to them. */
  leave(words: string, what?: 'stream'): void;
}

/** Which co-signer of the law the caller is. Throws USAGE where that is not known. */
export const coSignerOf = ({ deployment, me }: Session): CoSigner => {
  const coSigner = me === undefined ? undefined : coSignerNamed(deployment.config.law, me);
  if (coSigner === undefined) throw noCoSigner(deployment.config.law, me);
  return coSigner;
};
