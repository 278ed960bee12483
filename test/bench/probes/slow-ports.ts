import { setTimeout as pause } from 'node:timers/promises';

/** The same port, each call of which takes `ms` longer, or as many times that as it makes calls one after the other. */
export const slowed = <T extends object>(
  port: T,
  ms: number,
  callsOf: (member: string, given: readonly unknown[]) => number = () => 1,
): T =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => {
        await pause(ms * callsOf(String(key), given));
        return member.apply(target, given);
      };
    },
  });

/** A clock that goes on from `start` as real time does: ports that take time need it. */
export const cloudClock = (start: number) => {
  const began = performance.now();
  return {
    now: () => start + Math.round(performance.now() - began),
    sleep: async (ms: number, signal?: AbortSignal) => {
      await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    },
  };
};
