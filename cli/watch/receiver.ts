/** What is handed over. `body`: the JSON that people get with --json, as one line without its end. */
export interface Delivery {
  readonly id: string;
  readonly eventId: string;
  readonly validUntil: number;
  readonly body: string;
}

/** `why` holds nothing of a request, and nothing of a url but its origin. */
export type Delivered = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** A command or a webhook. It does not throw: what goes wrong is an answer, and is tried again. */
export interface Receiver {
  deliver(delivery: Delivery, signal: AbortSignal): Promise<Delivered>;
}
