import { backoffMs } from '#adapters/calls/deadline.ts';
import { realClock } from '#adapters/clock.ts';
import type { Clock } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { askAll, askOne, isLate } from './rpc-all.ts';

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
 * How often a read is made where answers get lost. They get lost on the way, or by a provider's trouble: a rate limit, an internal error, a
 * gateway that gave up. Reads only: without this, one lost reply in ten would leave half of all settlements undone, since each takes several.
 */
const ROUNDS = 4;
/** ms after which a read is not begun again: one url may take as long for its only answer. */
const READ_MS = 12_000;
const isLost = (error: unknown): boolean => isKeyturnError(error, 'UNAVAILABLE');

/** How a read that was lost waits before it is made again. */
export interface Pace {
  readonly clock: Clock;
  /** From 0 to 1: a crowd that failed together must not come back together. */
  readonly random: () => number;
}

const REAL_PACE: Pace = { clock: realClock, random: Math.random };

const inTurn = async <N, T>({ clock, random }: Pace, nodes: readonly N[], ask: Ask<N, T>): Promise<T> => {
  const until = clock.now() + READ_MS;
  let errors: unknown[] = [];
  for (let round = 0; round < ROUNDS && errors.every(isLost); round++) {
    if (round > 0) {
      const pause = backoffMs(round, random());
      if (clock.now() + pause >= until) break;
      await clock.sleep(pause);
    }
    errors = [];
    for (const node of nodes) {
      try {
        return await ask(node);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  // One node's own word: by it the next call knows whom not to wait for.
  throw errors.length === 1 ? errors[0] : failure(errors);
};

/** Those that were late the last time go last. */
const promptFirst = <N extends object>(nodes: readonly N[]): readonly N[] => [
  ...nodes.filter((node) => !isLate(node)),
  ...nodes.filter(isLate),
];

const asFailure = (error: unknown): never => {
  throw failure([error]);
};

const sorted = <T>(settled: readonly PromiseSettledResult<T>[]) => ({
  answers: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
  errors: settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : [])),
});

const spelled = (answer: unknown): string =>
  JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)) ?? '';

/** An answer that `need` nodes gave alike, in a list of one; empty where there is none. */
const alike = <T>(answers: readonly T[], need: number): readonly T[] =>
  [...Map.groupBy(answers, spelled).values()].find(({ length }) => length >= need)?.slice(0, 1) ?? [];

/** In a list of answers, the highest that `need` of them have reached. */
const highest = <T>(answers: readonly T[], need: number, height: (answer: T) => bigint): T | undefined =>
  answers.toSorted((a, b) => (height(a) < height(b) ? 1 : -1))[need - 1];

/** Reads over several urls, each repeated at this pace where its answer was lost. */
export const readsAt = (pace: Pace = REAL_PACE) => {
  /** The first answer, in order; all are asked again only if every one of them lost it. */
  const firstOf = async <N extends object, T>(nodes: readonly N[], ask: Ask<N, T>): Promise<T> =>
    inTurn(pace, promptFirst(nodes), (node) => askOne(node, ask)).catch(asFailure);

  /** One node's answer, asked for again where it was lost: every node counts here. Throws what the node was silent with. */
  const surely = async <N, T>(node: N, ask: Ask<N, T>): Promise<T> => inTurn(pace, [node], ask);

  /**
   * The first answer that is not empty; an empty one where nobody has more: one node's pool or index may lag behind another's. One that was
   * late is asked as well, and not waited for where another has nothing.
   */
  const firstFullOf = async <N extends object, T>(
    nodes: readonly N[],
    ask: Ask<N, T | undefined>,
  ): Promise<T | undefined> => {
    const nothing = new KeyturnError('NOT_FOUND', 'nothing there');
    let empty = false;
    const answer = await inTurn(pace, promptFirst(nodes), async (node) => {
      const skipped = empty && isLate(node);
      const asked = askOne(node, ask);
      asked.catch(() => {});
      const found = skipped ? undefined : await asked;
      if (found !== undefined) return found;
      empty = true;
      throw nothing;
    }).catch((error: unknown) => {
      if (!empty) asFailure(error);
    });
    return answer ?? undefined;
  };

  /** What everyone says that is not late as usual; at least one answer. Throws as the others do where there is none. */
  const everyAnswer = async <N extends object, T>(nodes: readonly N[], ask: Ask<N, T>): Promise<readonly T[]> => {
    const { answers, errors } = sorted(await askAll(nodes, (node) => surely(node, ask)));
    if (answers.length === 0) throw failure(errors);
    return answers;
  };

  /** Tells of each answer as it comes. Waits and throws as `everyAnswer`. */
  const tellEach = async <N extends object, T>(
    nodes: readonly N[],
    ask: Ask<N, T>,
    tell: (answer: T) => void,
  ): Promise<void> => {
    await everyAnswer(nodes, async (node) => {
      const answer = await ask(node);
      tell(answer);
      return answer;
    });
  };

  /** At least `need` answers: of those that are late as usual too, unless the others' are `enough`. */
  const answersOf = async <N extends object, T>(
    nodes: readonly N[],
    need: number,
    ask: Ask<N, T>,
    enough: (answers: readonly T[]) => boolean = ({ length }) => length >= need,
  ): Promise<readonly T[]> => {
    if (nodes.length < need)
      throw new KeyturnError(
        'CONFIG',
        `${need} different RPC urls must agree about outcomes, but ${nodes.length} is configured; add one, or call the chain trusted`,
      );
    const { answers, errors } = sorted(await askAll(nodes, (node) => surely(node, ask), enough));
    if (answers.length < need) throw failure(errors);
    return answers;
  };

  /** What `need` nodes say alike; undefined where no answer has so many. With `need` 1, the first answer that is not empty. */
  const agreed = async <N extends object, T extends object>(
    nodes: readonly N[],
    need: number,
    ask: Ask<N, T | undefined>,
  ): Promise<T | undefined> => {
    if (need <= 1) return firstFullOf(nodes, ask);
    const answers = await answersOf(nodes, need, ask, (some) => alike(some, need).length > 0);
    const full = answers.filter((answer) => answer !== undefined);
    return alike(full, need)[0];
  };

  /** The highest that at least `need` nodes have reached. */
  const reachedBy = async <N extends object, T>(
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

  /**
   * The same; undefined where some nodes answer, but fewer than `need`: what decides nothing may then go on without. Whoever was late the last
   * time is not waited for.
   */
  const reachedByEnough = async <N extends object, T>(
    nodes: readonly N[],
    need: number,
    ask: Ask<N, T>,
    height: (answer: T) => bigint,
  ): Promise<T | undefined> => (need <= 1 ? firstOf(nodes, ask) : highest(await everyAnswer(nodes, ask), need, height));

  /** The highest that at least `need` of those that answer have reached; where fewer answer, what all of them have. */
  const reachedByMost = async <N extends object>(
    nodes: readonly N[],
    need: number,
    ask: Ask<N, bigint>,
  ): Promise<bigint> => {
    const answers = await everyAnswer(nodes, ask);
    return highest(answers, Math.min(Math.max(need, 1), answers.length), (answer) => answer) ?? 0n;
  };

  /** Of those that answer, the middle one; the lower of two. */
  const median = async <N extends object>(nodes: readonly N[], ask: Ask<N, bigint>): Promise<bigint> => {
    const answers = await everyAnswer(nodes, ask);
    return highest(answers, Math.floor(answers.length / 2) + 1, (answer) => answer) ?? 0n;
  };
  return { firstOf, everyAnswer, agreed, reachedBy, reachedByEnough, reachedByMost, median, surely, tellEach };
};

/** At the pace of real time. */
export const { firstOf } = readsAt();
