import { type Broken, brokenIn, type Invariant } from './invariants.ts';
import { type Model, modelOf } from './model.ts';
import type { Protocol } from './protocol.ts';
import { restOf } from './rest.ts';
import { NONCES, type Scenario } from './scenarios.ts';
import { at, decode, encode, releasedBit, type State, startOf } from './state.ts';
import { stepsFrom } from './steps.ts';

export interface Counterexample {
  readonly how: string;
  /** A shortest way there, one line for each step. */
  readonly trace: readonly string[];
}

export interface Result {
  readonly states: number;
  readonly steps: number;
  readonly depth: number;
  /** Buckets from which honest turns were run to rest, and how those rest that are neither done nor stuck. */
  readonly buckets: number;
  readonly tampered: { readonly archive: number; readonly spite: number; readonly jammed: number };
  readonly broken: ReadonlyMap<Invariant, Counterexample>;
  /** False where the search was given up before the last state. */
  readonly complete: boolean;
  /** For each id what was ever released and ever announced as closed: a search in which nothing happens proves nothing. */
  readonly reached: string;
}

export interface SearchOptions {
  readonly protocol: Protocol;
  readonly scenario: Scenario;
  readonly maxStates: number;
  /** Ends the search where one of these is broken. */
  readonly until?: readonly Invariant[];
}

/** Names of states, in 64 sets: one Set holds at most 2^24 of them. */
class Seen {
  readonly #shards = Array.from({ length: 64 }, () => new Set<string>());

  /** False where it is known already. */
  add(text: string): boolean {
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
    const shard = at(this.#shards, hash & 63);
    if (shard.has(text)) return false;
    shard.add(text);
    return true;
  }
}

/** Replays the way to a state. Turns are not sorted on the way, so that each keeps its letter. */
const traceOf = (model: Model, path: readonly string[]): string[] => {
  let s = decode(at(path, 0), model.scenario);
  return path.slice(1).map((text) => {
    const found: { next: State; label: string }[] = [];
    stepsFrom(model, s, (next, say) => {
      if (found.length === 0 && encode(next) === text) found.push({ next, label: say() });
    });
    const { next, label } = at(found, 0);
    const news = model.scenario.ids.filter((_, id) => ((next.believed & ~s.believed) >> id) & 1);
    s = next;
    return news.length === 0 ? label : `${label}; from here a reader believes the close of ${news.join(' ')}`;
  });
};

const reachedText = ({ scenario }: Model, released: number, believed: number): string =>
  scenario.ids
    .map((name, id) => {
      const nonces = Array.from({ length: NONCES }, (_, nonce) =>
        released & releasedBit(id, nonce) ? `@${nonce}` : '',
      );
      return `${name}${nonces.join('')}${(believed >> id) & 1 ? ' closed' : ''}`;
    })
    .join(', ');

/** Every state that the protocol can reach in the scenario, breadth first: the first violation of each invariant has a shortest trace. */
export const search = ({ protocol, scenario, maxStates, until = [] }: SearchOptions): Result => {
  const model = modelOf(protocol, scenario);
  const seen = new Seen();
  const buckets = new Set<string>();
  const states: string[] = [];
  const parents: number[] = [];
  const depths: number[] = [];
  const broken = new Map<Invariant, Counterexample>();
  const tampered = { archive: 0, spite: 0, jammed: 0 };
  const reached = { released: 0, believed: 0 };
  let steps = 0;
  let depth = 0;
  let complete = true;

  const add = (text: string, parent: number): boolean => {
    if (!seen.add(text)) return false;
    states.push(text);
    parents.push(parent);
    depths.push(parent === -1 ? 0 : at(depths, parent) + 1);
    return true;
  };
  const fail = ({ invariant, how }: Broken, index: number): void => {
    if (broken.has(invariant)) return;
    const path: string[] = [];
    for (let i = index; i >= 0; i = at(parents, i)) path.unshift(at(states, i));
    broken.set(invariant, { how, trace: traceOf(model, path) });
  };
  /** Once for each bucket, and what is released from it. */
  const drain = (s: State, index: number): void => {
    const key = encode({ ...s, slots: [] });
    if (buckets.has(key)) return;
    buckets.add(key);
    const rest = restOf(model, s);
    if (rest.kind === 'stuck') fail(rest.broken, index);
    else if (rest.kind === 'jammed') tampered.jammed++;
    else if (rest.kind === 'tampered') tampered[rest.by]++;
  };

  add(encode(startOf(scenario)), -1);
  for (let i = 0; i < states.length; i++) {
    if (states.length > maxStates || until.some((invariant) => broken.has(invariant))) {
      complete = false;
      break;
    }
    const s = decode(at(states, i), scenario);
    depth = at(depths, i);
    reached.released |= s.released;
    reached.believed |= s.believed;
    if (!s.late) drain(s, i);
    stepsFrom(model, s, (next) => {
      steps++;
      if (add(encode(next), i)) for (const each of brokenIn(model, next, s)) fail(each, states.length - 1);
    });
  }
  return {
    states: states.length,
    steps,
    depth,
    buckets: buckets.size,
    tampered,
    broken,
    complete,
    reached: reachedText(model, reached.released, reached.believed),
  };
};
