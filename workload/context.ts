import type { Attestation, Chains, Clock, Log, Publisher, Storage, Wakes } from '#core/ports.ts';
import type { Signer } from '#core/signing/signer.ts';
import type { Law, Operations, Wallet } from '#schemas/config.ts';
import type { Buckets } from '#schemas/names.ts';

/** What one turn has: the baked law, the operator's wishes, and the world. */
export interface TurnContext {
  readonly law: Law;
  readonly lawHash: string;
  /** The operator's; nothing safe hangs on it. */
  readonly operations: Operations;
  readonly wallet: Wallet;
  readonly turn: bigint;
  readonly buckets: Buckets;
  /** Through the operator's pool. */
  readonly storage: Storage;
  /** Through that co-signer's pool: the share bucket may be the co-signer's own. */
  readonly shareStorage: (coSigner: string) => Storage;
  readonly publisher: Publisher;
  /** Undefined where there is no such subscription: marks are listed every now and then. */
  readonly wakes?: Wakes | undefined;
  readonly chains: Chains;
  readonly attestation: Attestation;
  /** Opens shares and signs. Nothing that it holds comes out. */
  readonly signer: Signer;
  /** Never behind the attestation service's: trusted-time.ts. */
  readonly clock: Clock;
  readonly log: Log;
  /** Entries above the newest checkpoint from which on the next seal comes with another. */
  readonly checkpointEvery: number;
  /** Aborts when the machine is told to stop. */
  readonly signal: AbortSignal;
}
