import { ALL_QUESTIONS, type Protocol, type Question } from './protocol.ts';
import { type ModelRequest, REQUESTS, type Scenario } from './scenarios.ts';
import { at, itemsOf, KIND, kindOf, nonceIn, type State } from './state.ts';

/** Takes the state after one step, and says what happened, for a trace. */
export type Emit = (next: State, say: () => string) => void;

/** One id at one nonce; ids are places in the scenario's list. */
export interface Placed {
  readonly id: number;
  readonly nonce: number;
}

/** One protocol in one scenario, with what its requests have to do with each other. */
export interface Model {
  readonly protocol: Protocol;
  readonly scenario: Scenario;
  readonly requests: readonly ModelRequest[];
  /** The request that it replaces; -1 for none. */
  readonly targets: readonly number[];
  /** The request at the end of its chain of replacements. */
  readonly roots: readonly number[];
}

export const modelOf = (protocol: Protocol, scenario: Scenario): Model => {
  const requests = scenario.ids.map((id) => REQUESTS[id] ?? { reference: id });
  const targets = requests.map(({ replaces }) => (replaces === undefined ? -1 : scenario.ids.indexOf(replaces)));
  const rootOf = (id: number): number => (at(targets, id) === -1 ? id : rootOf(at(targets, id)));
  return { protocol, scenario, requests, targets, roots: requests.map((_, id) => rootOf(id)) };
};

export const areKin = ({ roots }: Model, a: number, b: number): boolean => roots[a] === roots[b];

export const replacesNone = ({ requests }: Model, id: number): boolean => at(requests, id).replaces === undefined;

/** May both be mined, or kill one another? */
export const clash = (model: Model, a: Placed, b: Placed, asks: readonly Question[] = ALL_QUESTIONS): boolean => {
  // One id, or one chain of replacements: one nonce.
  if (a.id === b.id || areKin(model, a.id, b.id)) return a.nonce !== b.nonce && asks.includes('id');
  // One reference: one id.
  const same = at(model.requests, a.id).reference === at(model.requests, b.id).reference;
  if (same && asks.includes('reference')) return true;
  // One nonce: one id, unless one is a replacement.
  return a.nonce === b.nonce && replacesNone(model, a.id) && replacesNone(model, b.id) && asks.includes('nonce');
};

/** `R1@0 R3@1`, for traces. */
export const showItems = ({ scenario }: Model, items: number): string =>
  scenario.ids
    .map((id, i) => (nonceIn(items, i) >= 0 ? `${id}@${nonceIn(items, i)}` : ''))
    .filter((text) => text !== '')
    .join(' ');

export const showIds = ({ scenario }: Model, ids: number): string =>
  scenario.ids.filter((_, i) => (ids >> i) & 1).join(' ');

/** The items of a seal that `ids` picks. */
export const picked = ({ scenario }: Model, entry: number, ids: number): readonly Placed[] =>
  kindOf(entry) === KIND.seal
    ? scenario.ids.flatMap((_, id) => {
        const nonce = nonceIn(itemsOf(entry), id);
        return nonce >= 0 && (ids >> id) & 1 ? [{ id, nonce }] : [];
      })
    : [];
