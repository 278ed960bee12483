import type { Session } from '#cli/app/session.ts';
import { inGwei } from '#cli/app/units.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** What to tell of a fee that no block takes now. Nothing where no node says what it would take. */
export const feeWarnings = async (
  { ports, out }: Session,
  { chainId, maxFeePerGas }: TransactionRequest,
): Promise<readonly string[]> => {
  try {
    const chain = (await ports.chains()).of(chainId);
    const base = (await out.during('asking the chain for its base fee', chain.block('latest')))?.baseFeePerGas;
    if (base === undefined || BigInt(maxFeePerGas) >= base) return [];
    return [
      `it offers ${inGwei(BigInt(maxFeePerGas))} per gas, and the base fee is ${inGwei(base)}: it cannot be mined until that falls`,
    ];
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return [];
  }
};

/** Below this (wei), a bare number was more likely meant in another unit. */
const LITTLE_WEI = 1_000_000_000n;

/** A number without a unit is wei, which is seldom what a person means. */
export const unitWarnings = ({ value }: { readonly value?: string }): readonly string[] =>
  value !== undefined && /^[0-9]{1,78}$/.test(value) && BigInt(value) > 0n && BigInt(value) < LITTLE_WEI
    ? [`--value ${value} is ${value} wei. For ether write "${value} ether"`]
    : [];
