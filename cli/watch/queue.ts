/** Deliveries in hand at once, those between two attempts included. */
export const MAX_QUEUE = 100;
/** Commands or calls at one time. */
export const MAX_AT_ONCE = 4;

/**
 * What is taken of those that wait, in their order, as far as there is room. What is in hand stays there: a flood of new ones pushes nothing out.
 * What is left lies in the bucket as before, and a later look finds it.
 */
export const admit = <T>(
  waiting: readonly T[],
  room: number,
): { readonly taken: readonly T[]; readonly left: number } => {
  const taken = waiting.slice(0, Math.max(0, room));
  return { taken, left: waiting.length - taken.length };
};

/** Runs what it is given, at most `most` at a time, the oldest first. */
export const lanes = (most: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (work) => {
    if (busy >= most) await new Promise<void>((go) => waiting.push(go));
    else busy += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // Its place is handed on, so that nobody who comes now is first.
      if (next === undefined) busy -= 1;
      else next();
    }
  };
};
