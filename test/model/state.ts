import { NONCES, type Scenario } from './scenarios.ts';

/**
 * One state of the model, small enough that tens of millions of them fit into memory. An entry is one number: kind, items, and, for one
 * mutant, what it names as previous. Items of a seal take two bits for each id (nonce + 1), those of a close one bit.
 */
export const KIND = { junk: 0, seal: 1, close: 2, gone: 3 } as const;

export const entryOf = (kind: number, items = 0, previous = 0): number => kind | (items << 2) | (previous << 10);
export const kindOf = (entry: number): number => entry & 3;
export const itemsOf = (entry: number): number => (entry >> 2) & 255;
export const previousIn = (entry: number): number => entry >> 10;

/** The nonce of an id in the items of a seal; -1 where it is not in it. */
export const nonceIn = (items: number, id: number): number => ((items >> (2 * id)) & 3) - 1;
export const itemOf = (id: number, nonce: number): number => (nonce + 1) << (2 * id);
/** One bit for each (id, nonce), as `released` holds them. */
export const releasedBit = (id: number, nonce: number): number => 1 << (id * NONCES + nonce);

export interface Name {
  /** Entries in the order of their creation; at most the last is live. */
  readonly gens: readonly number[];
  readonly live: boolean;
}

/** Where a turn stands. `idle` also ends one that crashed. */
export const STEP = { idle: 0, page: 1, plan: 2, read: 3, open: 4, closing: 5 } as const;

/**
 * A turn. head = step, seq, generation and previous. body = items or ids (bit 15: its bytes are out already), or the counts that the first
 * page showed.
 */
export type Slot = readonly [head: number, body: number];
export const RELEASED_ALREADY = 1 << 15;

export const slotAt = (step: number, seq = 0, gen = 0, body = 0): Slot => [step | (seq << 3) | (gen << 6), body];
export const withPrevious = ([head, body]: Slot, previous: number): Slot => [head | (previous << 9), body];
export const stepOf = ([head]: Slot): number => head & 7;
export const seqOf = ([head]: Slot): number => (head >> 3) & 7;
export const genOf = ([head]: Slot): number => (head >> 6) & 7;
export const previousOfSlot = ([head]: Slot): number => head >> 9;

/** Made with the seal at `place`: it stands for so many generations of each name below. */
export interface Checkpoint {
  readonly place: number;
  readonly counts: readonly number[];
  readonly law: number;
}

export interface State {
  /** One for each name, from 0. */
  readonly log: readonly Name[];
  readonly slots: readonly Slot[];
  /** Bits of (id, nonce) whose bytes left memory. */
  readonly released: number;
  /** Bits of ids whose close some honest reader believes. */
  readonly believed: number;
  /** Bits of ids that are closed outside the register (one mutant). */
  readonly outside: number;
  /** 1: validUntil, slack and the retention of everything so far are over. */
  readonly late: number;
  /** The newest one. */
  readonly checkpoint: Checkpoint | undefined;
  /** 1: the hour of everything so far is over, and not yet out of the window. */
  readonly hour: number;
}

/** What is there by construction of the model. */
export const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new RangeError(`nothing at ${index}`);
  return found;
};

export const entryAt = ({ log }: State, seq: number, gen: number): number => at(at(log, seq).gens, gen);
export const isLive = ({ gens, live }: Name, gen: number): boolean => live && gen === gens.length - 1;

export const withName = (s: State, seq: number, name: Name): State => ({
  ...s,
  log: s.log.map((each, n) => (n === seq ? name : each)),
});
export const withSlot = (s: State, k: number, slot: Slot): State => ({
  ...s,
  slots: s.slots.map((each, n) => (n === k ? slot : each)),
});
export const append = (s: State, seq: number, entry: number): State =>
  withName(s, seq, { gens: [...at(s.log, seq).gens, entry], live: true });

/** How many generations of this kind there are. */
export const countOf = ({ log }: State, kind: number): number => {
  let count = 0;
  for (const { gens } of log) for (const entry of gens) if (kindOf(entry) === kind) count++;
  return count;
};

/** How many generations are there and not live. */
export const archivedIn = ({ log }: State): number => {
  let count = 0;
  for (const name of log)
    name.gens.forEach((entry, gen) => {
      if (kindOf(entry) !== KIND.gone && !isLive(name, gen)) count++;
    });
  return count;
};

export const startOf = ({ ids, names, slots, start }: Scenario): State => ({
  log: Array.from({ length: names }, (_, seq) =>
    start !== undefined && seq === 0
      ? { gens: [entryOf(KIND.seal, itemOf(ids.indexOf(start), 0))], live: true }
      : { gens: [], live: false },
  ),
  slots: Array.from({ length: slots }, () => slotAt(STEP.idle)),
  released: 0,
  believed: 0,
  outside: 0,
  late: 0,
  checkpoint: undefined,
  hour: 0,
});

/** Two bits for each name. */
export const countsIn = (counts: readonly number[]): number =>
  counts.reduce((bits, count, seq) => bits | (count << (2 * seq)), 0);
export const countsOf = (bits: number, place: number): readonly number[] =>
  Array.from({ length: place }, (_, seq) => (bits >> (2 * seq)) & 3);

/** As a key: turns are interchangeable, so they are sorted. */
export const encode = (s: State): string => {
  const out: number[] = [];
  for (const { gens, live } of s.log) out.push(gens.length | (live ? 8 : 0), ...gens);
  const slots = s.slots.length > 1 ? [...s.slots].sort((a, b) => a[0] - b[0] || a[1] - b[1]) : s.slots;
  for (const [head, body] of slots) out.push(head, body);
  out.push(s.released, s.believed | (s.outside << 6) | (s.late << 12) | (s.hour << 13));
  if (s.checkpoint !== undefined) {
    const { place, counts, law } = s.checkpoint;
    out.push(countsIn(counts) | (law << 8) | (place << 9));
  }
  return String.fromCharCode(...out);
};

export const decode = (text: string, { names, slots }: Scenario): State => {
  let i = 0;
  const next = (): number => text.charCodeAt(i++);
  const log = Array.from({ length: names }, (): Name => {
    const head = next();
    return { gens: Array.from({ length: head & 7 }, next), live: (head & 8) !== 0 };
  });
  const all = Array.from({ length: slots }, (): Slot => [next(), next()]);
  const released = next();
  const rest = next();
  const late = (rest >> 12) & 1;
  const hour = rest >> 13;
  const made = i < text.length ? next() : undefined;
  const place = made === undefined ? 0 : made >> 9;
  const checkpoint = made === undefined ? undefined : { place, counts: countsOf(made, place), law: (made >> 8) & 1 };
  return { log, slots: all, released, believed: rest & 63, outside: (rest >> 6) & 63, late, checkpoint, hour };
};
