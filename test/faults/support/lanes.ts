export interface Lanes<L> {
  /** Takes the next lane that is free, or waits for one. */
  run<T>(work: (lane: L) => Promise<T>): Promise<T>;
  /** What `look` makes of each. */
  each<T>(look: (lane: L) => Promise<T>): Promise<readonly T[]>;
  close(): Promise<void>;
}

/** Labs side by side, for tests that mostly wait: each takes one for itself. */
export const openLanes = async <L extends { close(): Promise<void> }>(
  count: number,
  open: () => Promise<L>,
): Promise<Lanes<L>> => {
  const lanes: L[] = [];
  const keep = (lane: L): void => {
    lanes.push(lane);
  };
  const close = async (): Promise<void> => {
    await Promise.all(lanes.map((lane) => lane.close()));
  };
  const opened = await Promise.allSettled(Array.from({ length: count }, () => open().then(keep)));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  const free = [...lanes];
  const waiting: ((lane: L) => void)[] = [];
  const taken = (): Promise<L> =>
    new Promise((resolve: (lane: L) => void) => {
      waiting.push(resolve);
    });
  const release = (lane: L): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(lane);
    else next(lane);
  };
  return {
    run: async (work) => {
      const lane = free.shift() ?? (await taken());
      try {
        return await work(lane);
      } finally {
        release(lane);
      }
    },
    each: (look) => Promise.all(lanes.map(look)),
    close,
  };
};
