import { timeText } from '#schemas/spellings.ts';
import { HOUR, MINUTE, SMALL, START, WINDOWED } from './law.ts';
import type { PlannedRequest } from './plan.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';
import type { Fields } from './reference.ts';

/** Profiles about what one request does to another. */
export const isCrowded = ({ duel, reorgs, foreign, window, poor, stuck }: Profile): boolean =>
  duel || reorgs > 0 || foreign > 0.5 || window > 0 || poor || stuck > 0.5;

/** In one lane, and one after the other: what somebody else does to one of them concerns the next. */
export const inARow = (
  random: Random,
  { foreign, window, poor, stuck, duel, maxValidity }: Profile,
  n: number,
  fields: Fields,
) => {
  const petty = { wallet: WINDOWED, chainId: '1', value: (SMALL / 10n).toString() };
  const own = maxValidity > HOUR ? { ...fields, validUntil: timeText(START + 20 * HOUR) } : fields;
  if (window > 0) {
    const value = (SMALL / random.pick([50n, 10n, 10n, 5n])).toString();
    return { later: duel ? 0 : n * random.between(0, 4 * MINUTE), fields: { ...own, ...petty, value } };
  }
  if (poor) return { later: n * random.between(MINUTE, 2 * MINUTE), fields: { ...own, ...petty } };
  return { later: foreign > 0.5 || stuck > 0.5 ? n * random.between(2, 5) * MINUTE : 0, fields: own };
};

const timesHalfAgain = (fee: string): string => ((BigInt(fee) * 3n + 1n) / 2n).toString();

/**
 * Mostly what pools take in place of all that was asked for at the nonce before. Else what they keep out, or a ladder that shares a rung
 * with the one before. By half as much again, rungs meet.
 */
export const replacementOf = (random: Random, fields: Fields, before: readonly PlannedRequest[]): Fields => {
  const [first] = before;
  const last = before.at(-1) ?? first;
  if (first === undefined || last === undefined) return fields;
  const { wallet = '', chainId = '', reference = '' } = first.fields;
  const own = { ...fields, wallet, chainId, nonce: '0', replaces: first.id };
  const named = random.chance(0.5) ? { ...own, reference } : own;
  const { maxFeePerGas = '', maxPriorityFeePerGas = '', to = '', value = '' } = last.fields;
  switch (random.pick(['higher', 'higher', 'higher', 'higher', 'equal', 'twin'] as const)) {
    case 'equal':
      return { ...named, to, value, maxFeePerGas, maxPriorityFeePerGas };
    case 'twin': {
      const fees = {
        maxFeePerGas: timesHalfAgain(maxFeePerGas),
        maxPriorityFeePerGas: timesHalfAgain(maxPriorityFeePerGas),
      };
      return { ...named, to, value, ...fees };
    }
    default: {
      const higher = 2n ** BigInt(before.length);
      return {
        ...named,
        maxFeePerGas: (higher * 100_000_000_000n).toString(),
        maxPriorityFeePerGas: (higher * 4n).toString(),
      };
    }
  }
};
