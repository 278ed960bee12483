import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';

/** Anything that can be asked: nodes in the order of the configuration. */
type Ask<N, T> = (node: N) => Promise<T>;

/** What a caller is told when too few answered: a refusal where there was one, otherwise that the chain cannot be reached. */
const failure = (errors: readonly unknown[]): unknown =>
  errors.find((error) => !isKeyturnError(error)) ??
  errors.find((error) => isKeyturnError(error, 'RPC_REFUSED')) ??
  errors.find((error) => isKeyturnError(error, 'CONFIG')) ??
  new KeyturnError(
    'CHAIN_UNREACHABLE',
    errors.map((error) => (error instanceof Error ? error.message : 'no answer')).join('; '),
  );

/**
 * How often a read is made where answers get lost. Reads only: without this, one lost reply in ten would leave half of all settlements undone,
 * since each takes several.
 */
const ROUNDS = 3;
const isLost = (error: unknown): boolean => isKeyturnError(error, 'UNAVAILABLE');

/** The first answer, in order; all are asked again only if every one of them lost it. */
export const firstOf = async <N, T>(nodes: readonly N[], ask: Ask<N, T>): Promise<T> => {
  let errors: unknown[] = [];
  for (let round = 0; round < ROUNDS && errors.every(isLost); round++) {
    errors = [];
    for (const node of nodes) {
      try {
        return await ask(node);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  throw failure(errors);
};

/** One node's answer, asked for again where it was lost: every node counts here. */
const surely = async <N, T>(node: N, ask: Ask<N, T>): Promise<T> => firstOf([node], ask);

/** The first answer that is not empty; an empty one where nobody has more: one node's pool or index may lag behind another's. */
const firstFullOf = async <N, T>(nodes: readonly N[], ask: Ask<N, T | undefined>): Promise<T | undefined> => {
  let empty = false;
  const answer = await firstOf(nodes, async (node) => {
    const found = await ask(node);
    if (found !== undefined) return found;
    empty = true;
    throw new KeyturnError('NOT_FOUND', 'nothing there');
  }).catch((error: unknown) => {
    if (!empty) throw error;
  });
  return answer ?? undefined;
};

const allOf = async <N, T>(nodes: readonly N[], ask: Ask<N, T>) => {
  const settled = await Promise.allSettled(nodes.map((node) => surely(node, ask)));
  return {
    answers: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    errors: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])),
  };
};

const answersOf = async <N, T>(nodes: readonly N[], need: number, ask: Ask<N, T>): Promise<readonly T[]> => {
  if (nodes.length < need)
    throw new KeyturnError(
      'CONFIG',
      `${need} RPC urls must agree about outcomes, but ${nodes.length} is configured; add one, or call the chain trusted`,
    );
  const { answers, errors } = await allOf(nodes, ask);
  if (answers.length < need) throw failure(errors);
  return answers;
};

const spelled = (answer: unknown): string =>
  JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)) ?? '';

/** What `need` nodes say alike; undefined where no answer has so many. With `need` 1, the first answer that is not empty. */
export const agreed = async <N, T extends object>(
  nodes: readonly N[],
  need: number,
  ask: Ask<N, T | undefined>,
): Promise<T | undefined> => {
  if (need <= 1) return firstFullOf(nodes, ask);
  const answers = (await answersOf(nodes, need, ask)).filter((answer) => answer !== undefined);
  const counts = Map.groupBy(answers, spelled);
  return [...counts.values()].find((alike) => alike.length >= need)?.[0];
};

/** In a list of answers, the highest that `need` of them have reached. */
const highest = <T>(answers: readonly T[], need: number, height: (answer: T) => bigint): T | undefined =>
  answers.toSorted((a, b) => (height(a) < height(b) ? 1 : -1))[need - 1];

/** The highest that at least `need` nodes have reached. */
export const reachedBy = async <N, T>(
  nodes: readonly N[],
  need: number,
  ask: Ask<N, T>,
  height: (answer: T) => bigint,
): Promise<T> => {
  if (need <= 1) return firstOf(nodes, ask);
  const reached = highest(await answersOf(nodes, need, ask), need, height);
  if (reached === undefined) throw new KeyturnError('CHAIN_UNREACHABLE', 'too few RPC urls answered');
  return reached;
};

/** The same; undefined where some nodes answer, but fewer than `need`: what decides nothing may then go on without. */
export const reachedByEnough = async <N, T>(
  nodes: readonly N[],
  need: number,
  ask: Ask<N, T>,
  height: (answer: T) => bigint,
): Promise<T | undefined> => {
  if (need <= 1) return firstOf(nodes, ask);
  const { answers, errors } = await allOf(nodes, ask);
  if (answers.length === 0) throw failure(errors);
  return highest(answers, need, height);
};
