import type { Prediction } from '#schemas/prediction.ts';
import type { Allowance } from './allowances.ts';
import type { Movement } from './transfers.ts';

/**
 * Where a transaction did otherwise than an approver was shown. `ENDED_OTHERWISE`: it failed, or it succeeded. `MOVED_OTHERWISE`: of one asset,
 * from or to one address, the wallet moved another amount. `ALLOWED_OTHERWISE`: somebody may take another amount later.
 */
export const PREDICTED_CODES = ['ENDED_OTHERWISE', 'MOVED_OTHERWISE', 'ALLOWED_OTHERWISE'] as const;
export type PredictedCode = (typeof PREDICTED_CODES)[number];

/** What lies in the place of one who approved. A co-signer may be hostile: it is that co-signer's word alone. */
export interface ToldPrediction {
  readonly coSigner: string;
  readonly prediction: Prediction;
}

export interface PredictedDeviation {
  readonly code: PredictedCode;
  /** Whose prediction it was. */
  readonly coSigner: string;
  readonly asset: Pick<Movement, 'standard' | 'address' | 'tokenId'>;
  /** Base units; of an end, how the receipt says it. */
  readonly expected: string;
  readonly actual: string;
}

/** What a final transaction did, by the logs of its block. */
export interface Happened {
  readonly id: string;
  readonly wallet: string;
  readonly success: boolean;
  readonly movements: readonly Movement[];
  readonly allowances: readonly Allowance[];
}

/** Of one co-signer: whoever lies can raise these alarms in the own name, and crowd out nobody else's. */
export const MAX_OF_EACH = 4;

const COIN = { standard: 'native', address: '', tokenId: '' } as const;
const endOf = (success: boolean): string => (success ? 'finalized' : 'reverted');

type Counted = PredictedDeviation['asset'] & { readonly amount: bigint };

/** One line of what was told or done: how much of what, between the wallet and whom. */
interface Flow extends Counted {
  readonly between: string;
}

const keyOf = ({ standard, address, tokenId, between }: Flow): string => [standard, address, tokenId, between].join();

const sums = (flows: readonly Flow[]): ReadonlyMap<string, Flow> => {
  const found = new Map<string, Flow>();
  for (const flow of flows) {
    const key = keyOf(flow);
    found.set(key, { ...flow, amount: flow.amount + (found.get(key)?.amount ?? 0n) });
  }
  return found;
};

const differing = (
  code: PredictedCode,
  coSigner: string,
  { told, done }: { readonly told: readonly Flow[]; readonly done: readonly Flow[] },
): readonly PredictedDeviation[] => {
  const [expected, actual] = [sums(told), sums(done)];
  return [...new Map([...expected, ...actual])].flatMap(([key, { standard, address, tokenId }]) => {
    const [was, is] = [expected.get(key)?.amount ?? 0n, actual.get(key)?.amount ?? 0n];
    const asset = { standard, address, tokenId };
    return was === is ? [] : [{ code, coSigner, asset, expected: was.toString(), actual: is.toString() }];
  });
};

type Told = Prediction['moves'][number] | Movement;

const movesOf = (wallet: string, ether: boolean, moves: readonly Told[]): readonly Flow[] =>
  moves
    .filter(({ standard, from, to }) => (from === wallet || to === wallet) && (ether || standard !== 'native'))
    .map(({ standard, address, tokenId, from, to, amount }) => ({
      ...{ standard, address, tokenId, amount: BigInt(amount) },
      between: `${from} ${to}`,
    }));

const allowsOf = (allows: readonly (Prediction['allows'][number] | Allowance)[]): readonly Flow[] =>
  allows.map(({ standard, address, tokenId, spender, amount }) => ({
    ...{ standard, address, tokenId, amount: BigInt(amount) },
    between: spender,
  }));

/**
 * Pure: one prediction against what happened. One of another request, or in another's name, says nothing. Ether is compared only where the chain
 * logs each move of it (EIP-7708): elsewhere no log tells what contracts sent on.
 */
const ofOne = ({ coSigner, prediction }: ToldPrediction, happened: Happened): readonly PredictedDeviation[] => {
  const { id, wallet, success, movements, allowances } = happened;
  if (prediction.id !== id || prediction.coSigner !== coSigner) return [];
  const predicted = prediction.succeeds === 'yes';
  if (predicted !== success)
    return [{ code: 'ENDED_OTHERWISE', coSigner, asset: COIN, expected: endOf(predicted), actual: endOf(success) }];
  // What failed moved nothing. Of a list that is cut nobody knows the rest.
  if (!success || prediction.complete === 'no') return [];
  const logged = movements.some(({ standard, index }) => standard === 'native' && index !== undefined);
  const ether = logged && prediction.etherTraced === 'yes';
  const moves = { told: movesOf(wallet, ether, prediction.moves), done: movesOf(wallet, ether, movements) };
  const allows = { told: allowsOf(prediction.allows), done: allowsOf(allowances) };
  return [...differing('MOVED_OTHERWISE', coSigner, moves), ...differing('ALLOWED_OTHERWISE', coSigner, allows)].slice(
    0,
    MAX_OF_EACH,
  );
};

/** Where it did otherwise than those who approved were shown, each by the own prediction. */
export const predictedDeviations = (
  predictions: readonly ToldPrediction[],
  happened: Happened,
): readonly PredictedDeviation[] => predictions.flatMap((one) => ofOne(one, happened));
