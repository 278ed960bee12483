import { timeText } from '#schemas/spellings.ts';
import { HOUR, MINUTE, SMALL, START, WINDOWED } from './law.ts';
import type { PlannedRequest } from './plan.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';
import type { Fields } from './reference.ts';
import { tokenPayment } from './tokens.ts';

/** Profiles about what one request does to another. */
export const isCrowded = ({ duel, reorgs, foreign, window, poor, stuck, gas, dataFee }: Profile): boolean =>
  duel || reorgs > 0 || foreign > 0.5 || window > 0 || poor || stuck > 0.5 || gas || dataFee;

/** In one lane, and one after the other: what somebody else does to one of them concerns the next. */
export const inARow = (
  random: Random,
  { foreign, window, tokens, poor, stuck, duel, maxValidity, unnotified, gas, dataFee, repeating }: Profile,
  n: number,
  fields: Fields,
) => {
  const petty = { wallet: WINDOWED, chainId: '1', value: (SMALL / 10n).toString() };
  const own = maxValidity > HOUR && unnotified === 0 ? { ...fields, validUntil: timeText(START + 20 * HOUR) } : fields;
  if (window > 0) {
    if (tokens) return { later: n * random.between(0, 4 * MINUTE), fields: { ...own, ...tokenPayment(random) } };
    const value = (SMALL / random.pick([50n, 10n, 10n, 5n])).toString();
    return { later: duel ? 0 : n * random.between(0, 4 * MINUTE), fields: { ...own, ...petty, value } };
  }
  if (poor) return { later: n * random.between(MINUTE, 2 * MINUTE), fields: { ...own, ...petty } };
  if (dataFee || repeating) {
    const rollup = { wallet: 'treasury', chainId: '10', value: (SMALL / 10n).toString() };
    return { later: n * random.between(MINUTE, 2 * MINUTE), fields: { ...own, ...rollup } };
  }
  // Enough for a new account under Amsterdam, whose rules count a day before they come.
  if (gas) return { later: 0, fields: { ...own, chainId: '1', gasLimit: '210000', maxPriorityFeePerGas: '3' } };
  return { later: foreign > 0.5 || stuck > 0.5 ? n * random.between(2, 5) * MINUTE : 0, fields: own };
};

/** What a chain cannot hold, or not for long: asked for in histories about gas. */
export const GAS_KINDS = ['over-block', 'over-gas', 'fork-data', 'low-tip'] as const;

export const gasOdd = (kind: (typeof GAS_KINDS)[number]): Fields => {
  switch (kind) {
    case 'over-block':
      return { gasLimit: '9000000' };
    case 'over-gas':
      return { gasLimit: '17000000', maxFeePerGas: '50000000000' };
    case 'fork-data':
      // Exactly what Osaka asks for.
      return { data: `0x${'00'.repeat(1000)}`, gasLimit: '31000' };
    case 'low-tip':
      return { maxPriorityFeePerGas: '1' };
    default:
      return kind satisfies never;
  }
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
