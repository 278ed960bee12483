import { FORK_AT, LEAST_TIP, MINUTE, SMALL, START } from './law.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';
import type { Sent } from './sent.ts';

/** What one chain asks of a transaction. Written without the code that is under test: it is the chain that is right. */
export interface ChainRules {
  /** Most gas of one transaction (EIP-7825). */
  readonly cap: bigint;
  /** Of the block at this time (ms). */
  readonly blockGas: (time: number) => bigint;
  /** ms: Amsterdam is in force from then on. */
  readonly forkAt: number;
  /** wei per gas */
  readonly leastTip: bigint;
  /** wei for each byte of the unsigned transaction, for its data on another chain; 0: the chain has no such fee. */
  readonly weiPerByte: bigint;
  /** wei that a wallet begins with. */
  readonly funds: bigint;
  /** Executes the bytes of nonce 0 once more each time they come, as Ganache 7.9.2 does. */
  readonly repeats: boolean;
}

const GWEI = 10n ** 9n;
const FUNDS = 10n ** 22n;
/** Pays for one plain payment. */
const LITTLE = 15n * 10n ** 16n;
/** wei: a plain payment at its ceiling, and what its 110 to 130 bytes cost beside that. */
const PLAIN_COST = SMALL / 10n + 21_000n * 100n * GWEI;
const WEI_PER_BYTE = 3n * 10n ** 12n;
const PLAIN_DATA = 60n * WEI_PER_BYTE;

/** Blocks hold this much until they grow, where they ever do. */
const SMALL_BLOCK = 5_000_000n;
const BLOCK = 30_000_000n;

export const rulesFor = (profile: Profile, chainId: string, random: Random): ChainRules => {
  const grows = profile.gas ? START + random.pick([10 * MINUTE, 25 * MINUTE, Number.POSITIVE_INFINITY]) : 0;
  const isRollup = profile.dataFee && chainId === '10';
  // Enough for one or two payments, and for the data of all, half or none of them.
  const scarce = random.pick([1n, 2n]) * PLAIN_COST + (random.pick([0n, 1n, 4n]) * PLAIN_DATA) / 2n;
  return {
    cap: 16_777_216n,
    blockGas: (time) => (time < grows ? SMALL_BLOCK : BLOCK),
    forkAt: profile.gas && chainId === '1' ? FORK_AT : Number.POSITIVE_INFINITY,
    leastTip: profile.gas && chainId === '1' ? LEAST_TIP : 1n,
    weiPerByte: isRollup ? WEI_PER_BYTE : 0n,
    funds: isRollup ? scarce : profile.poor ? LITTLE : FUNDS,
    repeats: profile.repeating && chainId === '10',
  };
};

/** What no block could hold, in the words of geth and its children. */
export class Unmineable extends Error {}

const byteCount = (data: string): bigint => BigInt((data.length - 2) / 2);

/** Zero and other bytes are priced alike where it matters here: the data of the simulation is all zero. Floors of EIP-7623 and EIP-7976. */
const leastGas = ({ data }: Sent, isAmsterdam: boolean): bigint => {
  const floor = isAmsterdam ? 15_000n + 64n * byteCount(data) : 21_000n + 10n * byteCount(data);
  return floor > 21_000n ? floor : 21_000n;
};

/** wei */
export const dataFeeOf = ({ bytes }: Sent, { weiPerByte }: ChainRules): bigint => weiPerByte * BigInt(bytes);

/** wei: the most that leaves the wallet. */
export const mostOf = (sent: Sent, rules: ChainRules): bigint =>
  sent.value + sent.gas * sent.maxFee + dataFeeOf(sent, rules);

/** Why the block at this time (ms) cannot hold it, whatever the fee; undefined: it can. */
export const obstacleOf = (sent: Sent, rules: ChainRules, time: number): string | undefined => {
  if (sent.gas > rules.cap) return `transaction gas limit too high (cap: ${rules.cap}, tx: ${sent.gas})`;
  if (sent.gas > rules.blockGas(time)) return 'exceeds block gas limit';
  const least = leastGas(sent, time >= rules.forkAt);
  if (sent.gas < least) return `intrinsic gas too low: have ${sent.gas}, want ${least}`;
  if (sent.tip < rules.leastTip)
    return `transaction underpriced: tip needed ${rules.leastTip}, tip permitted ${sent.tip}`;
  return undefined;
};
