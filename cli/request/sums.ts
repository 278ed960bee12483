import { type Line, warn } from '#cli/app/output.ts';
import { inEther } from '#cli/app/units.ts';
import { isEndless, UNLIMITED } from '#core/calls/moves.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { maxFee } from '#core/transaction/fees.ts';
import { chainOf, tokensOn } from '#schemas/config.ts';
import { countedText } from './counted.ts';
import type { Picture } from './render-request.ts';

/** Of one token on one chain: smallest units, or pieces. */
interface TokenSum {
  readonly chainId: string;
  readonly address: string;
  leaves: bigint;
  allows: bigint;
}

/** Base units; any amount and something is any amount. */
const added = (sum: bigint, amount: string): bigint => {
  const units = BigInt(amount);
  return isEndless(sum) || isEndless(units) ? UNLIMITED : sum + units;
};

const tokenSums = (pictures: readonly Picture[]): readonly TokenSum[] => {
  const sums = new Map<string, TokenSum>();
  for (const { request, law } of pictures)
    for (const { chainId, standard, address, leaves, allows } of assetsOf(request, tokensOn(law, request.chainId))
      .assets) {
      if (standard === 'native') continue;
      const key = `${chainId} ${address}`;
      const sum = sums.get(key) ?? { chainId, address, leaves: 0n, allows: 0n };
      sum.leaves = added(sum.leaves, leaves);
      sum.allows = added(sum.allows, allows);
      sums.set(key, sum);
    }
  return [...sums.values()];
};

/** What several requests come to together, by chain and asset: what they send, what they let others spend, and fees at most. */
export const sumLines = (pictures: readonly Picture[]): readonly Line[] => {
  const [first] = pictures;
  if (first === undefined) return [];
  const { law } = first;
  const chains = [...new Set(pictures.map(({ request }) => request.chainId))];
  const tokens = tokenSums(pictures);
  const opaque = pictures.filter(
    ({ request }) => assetsOf(request, tokensOn(law, request.chainId)).tokensJudged === 'no',
  ).length;
  const counted = (units: bigint, { chainId, address }: TokenSum): string =>
    countedText(units, address, tokensOn(law, chainId).tokens);
  const ofChain = (chainId: string): readonly Line[] => {
    const on = ` on ${chainOf(law, chainId)?.name ?? `chain ${chainId}`}`;
    const requests = pictures.filter(({ request }) => request.chainId === chainId).map(({ request }) => request);
    const value = requests.reduce((sum, request) => sum + BigInt(request.value), 0n);
    const fees = requests.reduce((sum, request) => sum + maxFee(request), 0n);
    const own = tokens.filter((sum) => sum.chainId === chainId);
    return [
      `${inEther(value)}${on}, and fees of at most ${inEther(fees)}`,
      ...own.flatMap((sum) => (sum.leaves > 0n ? [`${counted(sum.leaves, sum)}${on}`] : [])),
      ...own.flatMap((sum) => (sum.allows > 0n ? [warn(`others may spend ${counted(sum.allows, sum)}${on}`)] : [])),
    ];
  };
  const more =
    opaque === 0
      ? []
      : [
          warn(
            `${opaque} of them ${opaque === 1 ? 'makes a call' : 'make calls'} that cannot be decoded, and may move more`,
          ),
        ];
  return [...chains.flatMap(ofChain), ...more];
};
