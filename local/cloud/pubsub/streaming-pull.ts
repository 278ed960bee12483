import { z } from 'zod';
import { asCloudError, CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { Consumer } from './delivery.ts';
import { int, message, read, text, textList } from './fields.ts';
import type { Received } from './model.ts';
import type { Topics } from './topics.ts';

const request = message({
  subscription: text,
  ackIds: textList,
  modifyDeadlineSeconds: z.array(z.number().int()).default([]),
  modifyDeadlineAckIds: textList,
  streamAckDeadlineSeconds: int,
  clientId: text,
  maxOutstandingMessages: int,
  maxOutstandingBytes: int,
  protocolVersion: int,
});

type Request = z.infer<typeof request>;

/** What the stream's other end is told. */
export interface StreamPorts {
  readonly send: (messages: readonly Received[]) => void;
  /** The stream is over; undefined is a good end. */
  readonly end: (error: CloudError | undefined) => void;
}

const refuse = (why: string): CloudError => new CloudError('INVALID_ARGUMENT', why);

const checkDeadline = (seconds: number): number => {
  if (seconds < 10 || seconds > 600)
    throw refuse(`stream_ack_deadline_seconds must be between 10 and 600, not ${seconds}.`);
  return seconds * 1000;
};

/**
 * One StreamingPull (see StreamingPullRequest in google.pubsub.v1): messages as they become ready, within the client's flow control.
 * A request that carries nothing is the client's keep-alive: client 6 drops a stream that does not answer it within 15 s.
 */
export class PullStream implements Consumer {
  readonly #topics: Topics;
  readonly #caller: Caller;
  readonly #ports: StreamPorts;
  readonly #outstanding = new Map<string, number>();
  #bytes = 0;
  #name = '';
  #line: { kick: () => void; detach: () => void } | undefined;
  #maxMessages = Number.POSITIVE_INFINITY;
  #maxBytes = Number.POSITIVE_INFINITY;
  #blocked = false;
  ackDeadlineMs: number | undefined;

  constructor(topics: Topics, caller: Caller, ports: StreamPorts) {
    this.#topics = topics;
    this.#caller = caller;
    this.#ports = ports;
  }

  /** Takes one request of the client. A bad one ends the stream. */
  write(raw: unknown): void {
    try {
      const parsed = read(request, raw);
      if (this.#line === undefined) this.#open(parsed);
      else this.#next(parsed);
    } catch (error) {
      this.#finish(asCloudError(error));
    }
  }

  /** Whether the transport can take no more at the moment. */
  block(blocked: boolean): void {
    this.#blocked = blocked;
    if (!blocked) this.#line?.kick();
  }

  /** The client is gone. What it holds stays leased until its deadline. */
  close(): void {
    this.#line?.detach();
    this.#line = undefined;
    this.#blocked = true;
  }

  wants(count: number, bytes: number): boolean {
    return (
      !this.#blocked &&
      this.#outstanding.size + count < this.#maxMessages &&
      this.#bytes + (bytes * 3) / 4 < this.#maxBytes
    );
  }

  receive(batch: readonly Received[]): void {
    for (const { message: sent } of batch) {
      const size = Buffer.byteLength(sent.data, 'base64');
      this.#outstanding.set(sent.messageId, size);
      this.#bytes += size;
    }
    this.#ports.send(batch);
  }

  released(messageId: string): void {
    this.#bytes -= this.#outstanding.get(messageId) ?? 0;
    this.#outstanding.delete(messageId);
    this.#line?.kick();
  }

  gone(why: CloudError): void {
    this.#finish(why);
  }

  #open(first: Request): void {
    if (first.subscription === '') throw refuse('The first request of a stream must name the subscription.');
    this.ackDeadlineMs = checkDeadline(first.streamAckDeadlineSeconds);
    this.#name = first.subscription;
    this.#maxMessages = first.maxOutstandingMessages > 0 ? first.maxOutstandingMessages : Number.POSITIVE_INFINITY;
    this.#maxBytes = first.maxOutstandingBytes > 0 ? first.maxOutstandingBytes : Number.POSITIVE_INFINITY;
    this.#line = this.#topics.subscriptions.attach(this.#caller, this.#name, this);
    this.#answers(first);
  }

  #next(later: Request): void {
    if (later.subscription !== '') throw refuse('Only the first request of a stream may name the subscription.');
    if (later.maxOutstandingMessages !== 0 || later.maxOutstandingBytes !== 0 || later.protocolVersion !== 0)
      throw refuse('Flow control and protocol version belong to the first request of a stream.');
    const deadline = later.streamAckDeadlineSeconds;
    if (deadline !== 0) this.ackDeadlineMs = checkDeadline(deadline);
    if (deadline === 0 && later.ackIds.length === 0 && later.modifyDeadlineAckIds.length === 0) this.#ports.send([]);
    this.#answers(later);
  }

  #answers({ ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds }: Request): void {
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length)
      throw refuse('modify_deadline_seconds and modify_deadline_ack_ids must have the same length.');
    const { subscriptions } = this.#topics;
    if (ackIds.length > 0) subscriptions.acknowledge(this.#caller, this.#name, ackIds);
    const bySeconds = Map.groupBy(modifyDeadlineAckIds, (_, index) => modifyDeadlineSeconds[index] ?? 0);
    for (const [seconds, ids] of bySeconds) subscriptions.modifyAckDeadline(this.#caller, this.#name, ids, seconds);
  }

  #finish(error: CloudError): void {
    this.close();
    this.#ports.end(error);
  }
}
