/** A request as the register sees it. */
export interface ModelRequest {
  readonly reference: string;
  readonly replaces?: string;
  /** Sealed long ago: nobody seals it again. */
  readonly old?: boolean;
}

/** R1 and R2 share a reference, R3 and R6 are unrelated, R4 replaces R1 (and keeps its reference), R5 replaces R4. */
export const REQUESTS: Readonly<Record<string, ModelRequest>> = {
  R0: { reference: 'w', old: true },
  R1: { reference: 'x' },
  R2: { reference: 'x' },
  R3: { reference: 'y' },
  R4: { reference: 'x', replaces: 'R1' },
  R5: { reference: 'x', replaces: 'R4' },
  R6: { reference: 'z' },
};

/** How many nonces there are. */
export const NONCES = 3;

/** Bounds of one search, and what may go wrong in it. */
export interface Scenario {
  readonly ids: readonly string[];
  /** Turns in flight. A slot that is done or crashed starts again, so the number of turns is not bounded. */
  readonly slots: number;
  readonly names: number;
  /** Generations of one name. */
  readonly gens: number;
  /** How often the operator may archive, forge junk, delete what has lapsed, and copy a seal. */
  readonly archives: number;
  readonly junk: number;
  readonly deletes: number;
  readonly copies: number;
  /** How many closes anybody may create. */
  readonly closes: number;
  /** One seal may hold two requests. */
  readonly batches: boolean;
  /** A listing comes in two pages. */
  readonly pages: boolean;
  /** Time may pass beyond validUntil and the retention. */
  readonly time: boolean;
  /** An id that is sealed at the start, whose retention is over. */
  readonly start: string | undefined;
  /** Every seal above another comes with a checkpoint of what its first read showed. */
  readonly checkpoints: boolean;
  /** Machines run under either of two laws. One has a window, with room for one payment of a token that the other does not name. */
  readonly window: boolean;
}

export const scenario = (ids: readonly string[], over: Partial<Scenario> = {}): Scenario => ({
  ids,
  slots: 2,
  names: 4,
  gens: 3,
  archives: 0,
  junk: 0,
  deletes: 0,
  copies: 0,
  closes: 0,
  batches: false,
  pages: false,
  time: false,
  start: undefined,
  checkpoints: false,
  window: false,
  ...over,
});

export const SCENARIOS = {
  'honest, 3 turns': scenario(['R1', 'R2', 'R3', 'R4'], { slots: 3, closes: 1, junk: 1, names: 5 }),
  'archive, 3 turns': scenario(['R1', 'R2', 'R3'], { slots: 3, archives: 2, closes: 1 }),
  'archive and junk': scenario(['R1', 'R2', 'R3'], { archives: 2, junk: 2, closes: 1, names: 5 }),
  'two closes': scenario(['R1', 'R2', 'R3'], { archives: 2, junk: 1, closes: 2, names: 5 }),
  'three nonces': scenario(['R1', 'R2', 'R3', 'R6'], { archives: 2, closes: 1 }),
  replacement: scenario(['R1', 'R3', 'R4'], { slots: 3, archives: 2, closes: 1 }),
  'all four': scenario(['R1', 'R2', 'R3', 'R4'], { archives: 2, junk: 1, closes: 1 }),
  'chain of replacements': scenario(['R1', 'R3', 'R4', 'R5'], { archives: 2, closes: 1, names: 5 }),
  batches: scenario(['R1', 'R2', 'R3', 'R4'], { archives: 2, closes: 1, batches: true }),
  pages: scenario(['R1', 'R2', 'R3'], { archives: 1, closes: 1, pages: true }),
  lapse: scenario(['R1', 'R3', 'R0'], { archives: 1, closes: 1, deletes: 2, time: true, start: 'R0' }),
  'lapse, one reference': scenario(['R1', 'R2', 'R0'], { archives: 1, closes: 1, deletes: 2, time: true, start: 'R0' }),
  'lapse, two closes': scenario(['R1', 'R3', 'R0'], { junk: 1, closes: 2, deletes: 2, time: true, start: 'R0' }),
  copies: scenario(['R1', 'R2', 'R3'], { archives: 1, closes: 1, copies: 1 }),
  'copies, no archiving': scenario(['R1', 'R2', 'R3'], { names: 5, copies: 1 }),
  'honest, replaced and more': scenario(['R1', 'R3', 'R4', 'R6'], { names: 5 }),
  checkpoints: scenario(['R1', 'R2', 'R3'], { archives: 1, closes: 1, checkpoints: true }),
  'checkpoints, replaced': scenario(['R1', 'R3', 'R4'], { archives: 1, closes: 1, checkpoints: true }),
  'checkpoints, junk': scenario(['R1', 'R2', 'R3'], { archives: 1, junk: 2, closes: 1, checkpoints: true }),
  'checkpoints, lapse': scenario(['R1', 'R3', 'R0'], {
    ...{ archives: 1, closes: 1, deletes: 2, time: true, start: 'R0', checkpoints: true },
  }),
  'checkpoints, two laws': scenario(['R1', 'R3', 'R6'], { junk: 1, checkpoints: true, window: true }),
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
