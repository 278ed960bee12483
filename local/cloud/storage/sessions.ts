import { CloudError } from '#local/cloud/runtime/cloud-error.ts';
import type { Caller } from '#local/cloud/runtime/iam.ts';
import type { World } from '#local/cloud/runtime/world.ts';
import type { StoredObject } from './model.ts';
import type { InsertOptions } from './object-fields.ts';

/** A resumable upload. https://cloud.google.com/storage/docs/resumable-uploads */
export interface Session {
  readonly caller: Caller;
  readonly bucket: string;
  readonly name: string;
  readonly options: InsertOptions;
  readonly started: number;
  /** The `fields` of the request that started it. */
  readonly fields: string | null;
  received: Buffer;
  done: StoredObject | undefined;
}

/** Google's unit: of a chunk that is not the last only whole ones are kept. */
const UNIT = 256 * 1024;
const WEEK = 7 * 86_400_000;

/** What a `Content-Range` of an upload says: where the bytes start (undefined: none are sent), and the size of the whole, if known. */
export interface UploadRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly total: number | undefined;
}

// Forms: a-b/total, a-b/*, a-*/* and */total; without the header the body is the whole. Throws INVALID_ARGUMENT.
export const parseContentRange = (header: string | undefined, length: number): UploadRange => {
  if (header === undefined) return { from: 0, to: length - 1, total: length };
  const match = /^bytes (?:\*|(\d{1,15})-(\d{1,15}|\*))\/(\d{1,15}|\*)$/.exec(header);
  if (match === null) throw new CloudError('INVALID_ARGUMENT', `Failed to parse Content-Range header: ${header}`);
  const [, from, to, total] = match;
  const whole = total === '*' || total === undefined ? undefined : Number(total);
  if (from === undefined) return { from: undefined, to: undefined, total: whole };
  const start = Number(from);
  // An open end means: up to where this request's body ends, which is the end of the object.
  if (to === '*') return { from: start, to: start + length - 1, total: whole ?? start + length };
  if (Number(to) - start + 1 !== length)
    throw new CloudError('INVALID_ARGUMENT', `Content-Range ${header} does not agree with a body of ${length} bytes.`);
  return { from: start, to: Number(to), total: whole };
};

export class Sessions {
  readonly #world: World;
  readonly #open = new Map<string, Session>();

  constructor(world: World) {
    this.#world = world;
  }

  start(session: Omit<Session, 'started' | 'received' | 'done'>): string {
    const id = this.#world.randomHex(32);
    const started = this.#world.clock.now();
    this.#open.set(id, { ...session, started, received: Buffer.alloc(0), done: undefined });
    return id;
  }

  /** Throws 404 for an unknown one, 410 for one older than a week: the client starts again. */
  get(id: string): Session {
    const session = this.#open.get(id);
    if (session === undefined) throw new CloudError('NOT_FOUND', 'No such upload session.');
    if (this.#world.clock.now() - session.started > WEEK) {
      this.#open.delete(id);
      throw new CloudError('NOT_FOUND', 'The upload session has expired.', { http: 410, reason: 'gone' });
    }
    return session;
  }

  cancel(id: string): void {
    this.get(id);
    this.#open.delete(id);
  }
}

/** Takes one request's bytes into the session; true when the object is whole. Bytes that were kept before are skipped. */
export const receive = (session: Session, range: UploadRange, body: Buffer): boolean => {
  const { from, to, total } = range;
  const kept = session.received.length;
  if (from === undefined || to === undefined) return total !== undefined && total === kept;
  if (from > kept)
    throw new CloudError('INVALID_ARGUMENT', `Invalid upload offset ${from}: the next byte expected is ${kept}.`);
  if (total !== undefined && to >= total)
    throw new CloudError('INVALID_ARGUMENT', `Content-Range ends at ${to}, beyond its total of ${total}.`);
  const last = total !== undefined && to + 1 === total;
  const fresh = body.subarray(Math.min(kept - from, body.length));
  const whole = last ? fresh.length : Math.floor((kept + fresh.length) / UNIT) * UNIT - kept;
  session.received = Buffer.concat([session.received, fresh.subarray(0, Math.max(0, whole))]);
  return last && session.received.length === total;
};
