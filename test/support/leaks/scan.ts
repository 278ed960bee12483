import { type Needle, needlesOf, type Secret } from './forms.ts';
import { viewsOf } from './views.ts';

/** Bytes that somebody could read. */
export interface Place {
  /** As a message names it: `object lab-keys/alice/shares/1`. */
  readonly where: string;
  readonly bytes: Buffer;
}

export interface Leak {
  /** Name of the secret. */
  readonly secret: string;
  readonly form: string;
  readonly where: string;
}

const foundIn = (places: readonly Place[], needles: readonly Needle[]): readonly Needle[] => {
  const views = viewsOf(places.map(({ bytes }) => bytes));
  return needles.filter(({ view, text }) => views[view].includes(text));
};

/**
 * Where any of the secrets stands, in which form. Pure. All places are looked at together first, since nearly always nothing is found. A
 * secret in one place in one form is told once, whichever half of it stands there.
 */
export const leaksIn = (places: readonly Place[], secrets: readonly Secret[]): readonly Leak[] => {
  const suspects = foundIn(places, secrets.flatMap(needlesOf));
  if (suspects.length === 0) return [];
  const leaks = places.flatMap((place) =>
    foundIn([place], suspects).map(({ secret, form }): Leak => ({ secret, form, where: place.where })),
  );
  return [...new Map(leaks.map((leak) => [JSON.stringify(leak), leak])).values()];
};
