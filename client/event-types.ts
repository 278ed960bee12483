import type { Code } from '#schemas/codes.ts';
import type { Signed } from '#schemas/event-signature.ts';
import type { OutcomeKind } from '#schemas/outcomes.ts';
import type { Receipt } from './receipt.ts';

/** Of every event: its CloudEvents attributes, each spelled as it came. */
export interface Envelope {
  /** `ce-id`: deduplicate by it. The same event may come twice, and later. */
  readonly eventId: string;
  /** `ce-source` */
  readonly source: string;
  /** `ce-time`, as it was written: no library has cut it. */
  readonly time: string;
  /** `ce-subject`: id of the request; undefined of a refusal that names none. */
  readonly subject: string | undefined;
  /** As the requester gave them. */
  readonly wallet: string;
  readonly requester: string;
  /**
   * `valid`: finalize or reconcile said it. That shows who said it, not that it is so. `absent`: nobody signed; most events are said by functions that
   * may not sign, and the same event may come again, signed. `unknown-key`: by a key that your law does not name. `invalid`: not what the key signed.
   */
  readonly signed: Signed;
}

/** An event about a stored request. */
export interface AboutRequest extends Envelope {
  readonly id: string;
  readonly chainId: string;
  readonly reference: string;
  readonly validUntil: string;
}

export interface Accepted extends AboutRequest {
  readonly type: 'keyturn.request.accepted';
}

/** The message is no acceptable request. Nothing is stored of it but this. */
export interface Refused extends Envelope {
  readonly type: 'keyturn.request.refused';
  readonly reference: string;
  readonly code: Code;
  /** The field at fault; "" where it is none. */
  readonly field: string;
  readonly reason: string;
  /** The request that uses the reference already; "" where that is not why. */
  readonly existingId: string;
}

export interface ShareSeen extends AboutRequest {
  readonly type: 'keyturn.request.share-seen';
  readonly coSigner: string;
}

export interface ShareBad extends AboutRequest {
  readonly type: 'keyturn.request.share-bad';
  readonly coSigner: string;
  readonly code: Code;
  readonly reason: string;
}

export interface RejectedBy extends AboutRequest {
  readonly type: 'keyturn.request.rejected-by';
  readonly coSigner: string;
}

export interface Approved extends AboutRequest {
  readonly type: 'keyturn.request.approved';
  readonly approvedBy: readonly string[];
}

export interface Waiting extends AboutRequest {
  readonly type: 'keyturn.request.waiting';
  readonly code: Code;
  readonly reason: string;
}

export interface Submitted extends AboutRequest {
  readonly type: 'keyturn.request.submitted';
  readonly approvedBy: readonly string[];
  /** Of the cheapest of what was signed; another of the same nonce may be mined. */
  readonly transactionHash: string;
}

export interface Decided extends AboutRequest {
  readonly type: 'keyturn.request.outcome';
  readonly outcome: OutcomeKind;
  readonly code: Code | '';
  readonly reason: string;
  readonly transactionHash: string;
  readonly blockNumber: string;
}

export interface Receipted extends Envelope {
  readonly type: 'keyturn.receipt';
  readonly receipt: Receipt;
  /** Name of the replay that sent it once more, under the `eventId` that it had. Undefined of what was not. */
  readonly replayed: string | undefined;
}

/** What this client cannot read: of a later version, or no event of keyturn. It is handed over, not lost: look at it before you go on. */
export interface Unreadable {
  readonly type: 'unreadable';
  /** `ce-type`, or "" */
  readonly given: string;
  readonly reason: string;
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly signed: Signed;
}

/** One word of a function, never a proof. `type` tells them apart. */
export type KeyturnEvent =
  | Accepted
  | Refused
  | ShareSeen
  | ShareBad
  | RejectedBy
  | Approved
  | Waiting
  | Submitted
  | Decided
  | Receipted
  | Unreadable;
