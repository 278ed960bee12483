import type { Emit, Model } from './model.ts';
import { operatorSteps } from './operator-steps.ts';
import { at, type State } from './state.ts';
import { turnSteps } from './turn-steps.ts';
import { settled } from './views.ts';

/** Every step that can be taken from `s`. */
export const stepsFrom = (model: Model, s: State, emit: Emit): void => {
  const go: Emit = (next, say) => emit(settled(model, next), say);
  s.slots.forEach((slot, k) => {
    // Slots are sorted: the same as its neighbour does the same.
    const before = k === 0 ? undefined : at(s.slots, k - 1);
    if (before !== undefined && before[0] === slot[0] && before[1] === slot[1]) return;
    turnSteps(model, s, k, go);
  });
  operatorSteps(model, s, go);
};
