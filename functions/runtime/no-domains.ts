import domain from 'node:domain';

/** What functions-framework uses of a domain (its function_wrappers.js). */
const plain = { on: () => plain, run: (work: () => void) => work() };

/**
 * functions-framework makes a domain for each call. The first one makes Node follow every promise of the process with async hooks: a third of
 * a function's CPU. We need none. A call that throws is answered by `answer`, and its trace is in AsyncLocalStorage. What is thrown outside of
 * any call reaches the framework's own handler, which ends the process; Pub/Sub then delivers again.
 */
export const noDomains = (): void => {
  Object.assign(domain, { create: () => plain });
};
