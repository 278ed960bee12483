import { isKeyturnError } from '#schemas/codes.ts';

/** Nodes that did not answer in time when they were last asked. */
const late = new WeakSet<object>();

/** Did this node let its deadline pass when it was last asked? */
export const isLate = (node: object): boolean => late.has(node);

/** Asks one node, and remembers whether it was late. */
export const askOne = async <N extends object, T>(node: N, ask: (node: N) => Promise<T>): Promise<T> => {
  try {
    const answer = await ask(node);
    late.delete(node);
    return answer;
  } catch (error) {
    if (isKeyturnError(error, 'DEADLINE')) late.add(node);
    else late.delete(node);
    throw error;
  }
};

/**
 * Asks all nodes at once, each within its own deadline, and gives what they said, in their order. Nodes that were late the last time are
 * asked too. They are waited for only where the answers of the others are not `enough`. One url that hangs must not cost everybody its
 * deadline each time. At least one outcome, unless there are no nodes. Whatever `ask` throws must let a DEADLINE be seen.
 */
export const askAll = async <N extends object, T>(
  nodes: readonly N[],
  ask: (node: N) => Promise<T>,
  enough: (answers: readonly T[]) => boolean = ({ length }) => length > 0,
): Promise<readonly PromiseSettledResult<T>[]> => {
  const wasLate = nodes.map(isLate);
  const asked = nodes.map((node) => askOne(node, ask));
  // Also of those that nobody waits for.
  for (const one of asked) one.catch(() => {});
  const prompt = await Promise.allSettled(asked.filter((_, n) => !wasLate[n]));
  if (enough(prompt.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))) return prompt;
  return Promise.allSettled(asked);
};
