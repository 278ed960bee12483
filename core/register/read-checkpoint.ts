import type { Log, Storage } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { checkpointObject } from '#schemas/names.ts';
import { type Checkpoint, inOrder, MAX_CHECKPOINT_BYTES, readCheckpoint, setDigest } from './checkpoint.ts';
import { type About, type Covered, placesAbout } from './covered.ts';
import type { RegisterRef, Seal, SealItem } from './entry.ts';
import type { Named } from './listing.ts';

/** How a reader uses checkpoints. */
export interface CheckpointUse {
  readonly lawHash: string;
  /** ms. Windows reach back as far: by sums where a checkpoint has them, by entries where none is used. */
  readonly spentSince: number;
  readonly about: About['requests'];
  /** By object: what was read, and what is not to be used. It may outlive a read: neither ever changes. */
  readonly kept: Map<string, Checkpoint | 'unusable'>;
}

/** Checkpoints that one read tries: each that is not there, or not what its seal says, costs a call. */
const MAX_TRIES = 3;

interface Wants {
  /** ms */
  readonly since: number;
  /** Ids besides: what is replaced. */
  readonly wanted: ReadonlySet<string>;
}

interface From {
  readonly storage: Pick<Storage, 'read'>;
  readonly log: RegisterRef;
  readonly logger: Log;
}

/**
 * Finds the newest checkpoint that can be used. Only a seal of the wallet names one, and by the hash of its content. So junk that lies beside
 * them is never looked at.
 */
export class CheckpointSearch {
  readonly #from: From;
  readonly #use: CheckpointUse;
  readonly #wants: Wants;
  #tries = 0;

  constructor(from: From, use: CheckpointUse, wants: Wants) {
    this.#from = from;
    this.#use = use;
    this.#wants = wants;
  }

  /** That of this seal, where it is of the reader's law, and reaches back far enough. */
  async namedBy(entry: Seal): Promise<Checkpoint | undefined> {
    if (entry.checkpoint === null || entry.lawHash !== this.#use.lawHash) return undefined;
    if (this.#tries >= MAX_TRIES) return undefined;
    this.#tries++;
    const { object, sha256 } = entry.checkpoint;
    const known = this.#use.kept.get(object) ?? (await this.#read(entry, object, sha256));
    this.#use.kept.set(object, known);
    if (known === 'unusable') return undefined;
    return known.since <= this.#wants.since && known.spentSince <= this.#use.spentSince ? known : undefined;
  }

  async #read({ seq, lawHash }: Seal, object: string, content: string): Promise<Checkpoint | 'unusable'> {
    const { storage, log } = this.#from;
    if (object !== checkpointObject({ ...log, seq }, content)) return this.#refuse(object, 'it lies at another name');
    const found = await storage
      .read(log.registerBucket, object, { limit: MAX_CHECKPOINT_BYTES })
      .catch((error: unknown) => {
        if (isKeyturnError(error, 'TOO_LARGE')) return undefined;
        throw error;
      });
    if (found === undefined) return this.#refuse(object, 'it is not there, or too large');
    return (
      readCheckpoint(found.bytes, { seq, lawHash, content }, log) ??
      this.#refuse(object, 'it is not the checkpoint that its seal names')
    );
  }

  #refuse(object: string, reason: string): 'unusable' {
    this.#from.logger.alarm('register-junk', { code: 'REGISTER_JUNK', object, reason });
    return 'unusable';
  }

  /** The set that it stands for, in its order, where the listing shows exactly that. Otherwise neither it nor an older one is used: all is read. */
  setOf(checkpoint: Checkpoint, { checkpoint: by }: Seal, listed: readonly Named[]): readonly Named[] | undefined {
    const { seq, bottom, entries } = checkpoint;
    const set = listed
      .filter((one) => one.seq < seq && one.seq >= bottom)
      .map((named) => ({ ...named.object, seq: named.seq, named }));
    const ordered = inOrder(set);
    if (ordered.length === entries.length && setDigest(ordered) === checkpoint.set)
      return ordered.map(({ named }) => named);
    this.#tries = MAX_TRIES;
    if (by !== null)
      this.#use.kept.set(by.object, this.#refuse(by.object, 'the register shows other entries than it stands for'));
    return undefined;
  }

  /** What of a set must be read. `sealed`: in what was read so far. */
  toRead(checkpoint: Checkpoint, set: readonly Named[], sealed: readonly SealItem[]): readonly Named[] {
    const places = placesAbout(checkpoint, { requests: this.#use.about, ids: this.#wants.wanted, sealed });
    return set.filter((_, place) => places.has(place));
  }
}

/** One that a read uses, and its set as listed, in its order. */
export interface UsedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly set: readonly Named[];
  readonly search: CheckpointSearch;
}

/** What a view says of a set: a note of each, and which of them were read. */
export const coveredBy = ({ checkpoint, set }: UsedCheckpoint, isRead: (one: Named) => boolean): Covered => ({
  checkpoint,
  read: new Set(set.flatMap((one, place) => (isRead(one) ? [place] : []))),
  noted: set.flatMap(({ seq, object }, place) => {
    const note = checkpoint.entries[place];
    return note === undefined ? [] : [{ seq, timeCreated: object.timeCreated, note }];
  }),
});
