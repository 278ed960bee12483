import { type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { decimalText } from '#cli/app/units.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { ALL } from '#core/settled/allowances.ts';
import type { ReceiptFact } from '#schemas/receipt.ts';
import { dayInName, readReceipt } from './receipts.ts';

type Deviation = ReceiptFact['deviations'][number];

/** As the receipt itself names the token: from the law under which it was sealed. */
const amountText = (text: string, { standard, address, tokenId }: Deviation, receipt: ReceiptFact): string => {
  if (!/^[0-9]+$/.test(text)) return text;
  const amount = BigInt(text);
  if (standard === 'native') return `${decimalText(amount, 18)} ETH`;
  const named = [...receipt.transfers, ...receipt.assets].find(
    (each) => each.address === address && each.symbol !== '',
  );
  if (tokenId !== '') return `${amount} of piece ${tokenId} of ${named?.symbol ?? address}`;
  if (amount === ALL) return `any amount of ${named?.symbol ?? address}`;
  return named === undefined
    ? `${amount} units of ${address}`
    : `${decimalText(amount, Number(named.decimals))} ${named.symbol}`;
};

/** One deviation in words. A code that this reader does not know stands as it is. */
export const deviationText = (deviation: Deviation, receipt: ReceiptFact): string => {
  const { code, coSigner } = deviation;
  const [expected, actual] = [
    amountText(deviation.expected, deviation, receipt),
    amountText(deviation.actual, deviation, receipt),
  ];
  switch (code) {
    case 'NOT_MOVED':
      return `${expected} did not move, though the approved call asks for it`;
    case 'OTHER_AMOUNT':
      return `the payee got ${actual}, and the approved call says ${expected}`;
    case 'MORE_LEFT':
      return `${actual} left, and the approved call could move ${expected} at most`;
    case 'ENDED_OTHERWISE':
      return `it is ${actual}, and ${coSigner} was shown that it would be ${expected}`;
    case 'MOVED_OTHERWISE':
      return `${actual} moved, and ${coSigner} was shown ${expected}`;
    case 'ALLOWED_OTHERWISE':
      return `somebody may take ${actual} later, and ${coSigner} was shown ${expected}`;
    default:
      return `${code}: expected ${expected}, and it was ${actual}`;
  }
};

/** A line for each, with the request that it is of. */
export const deviationLines = (receipt: ReceiptFact): readonly Line[] =>
  receipt.deviations.map((one) => warn(`! ${receipt.id.slice(0, 8)} DEVIATES: ${deviationText(one, receipt)}`));

/**
 * The same of a request that is over, in words. The receipt is the one that its outcome names, and a function's word as that is. Throws what Storage
 * throws.
 */
export const deviationsOf = async (
  { ports, deployment }: Pick<Session, 'ports' | 'deployment'>,
  { outcome }: Pick<RequestFacts, 'outcome'>,
): Promise<readonly string[]> => {
  const { receipt: name = '', id = '' } = outcome?.fact ?? {};
  if (dayInName(name) === undefined) return [];
  const read = await readReceipt({ storage: await ports.storage(), results: deployment.buckets.results }, name);
  if (read.kind !== 'read' || read.receipt.id !== id) return [];
  const { receipt } = read;
  return receipt.deviations.map((one) => deviationText(one, receipt));
};
