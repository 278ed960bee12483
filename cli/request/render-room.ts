import type { Line } from '#cli/app/output.ts';
import { decimalText, inEther, spanText } from '#cli/app/units.ts';
import { leftIn, type WindowRooms } from '#cli/policy/room.ts';
import { type WindowAmount, windowAmounts } from '#core/policy.ts';
import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** A request, and what stands in the windows of its wallet. Absent: not asked. */
export interface Roomed {
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly law: Pick<Law, 'chains'>;
  readonly rooms?: WindowRooms;
}

/** The windows that the request takes something of. */
const touched = ({ request, wallet, law }: Roomed): readonly WindowAmount[] =>
  windowAmounts({ request, wallet, chain: tokensOn(law, request.chainId) }).filter(({ amount }) => amount > 0n);

/** Exact, as people say it. `policy explain` tells the smallest units too. */
const told = (units: bigint, { token }: WindowAmount): string =>
  token === undefined ? inEther(units) : `${decimalText(units, token.decimals)} ${token.symbol}`;

const leftText = (one: WindowAmount, rooms: WindowRooms): string => {
  if (rooms.kind === 'unknown') return `what is left is not known (${rooms.why})`;
  const room = rooms.rooms.get(one.window.name);
  if (room === undefined) return 'what is left is not known';
  const left = `${told(leftIn(room), one)} is left`;
  if (rooms.sealed) return `${left}, beside this request`;
  return room.together > one.most ? `${left}: it would have to wait` : left;
};

/** A line for each window that the request takes something of, and what room is left in it. */
export const roomLines = (roomed: Roomed): readonly Line[] => {
  const { rooms } = roomed;
  if (rooms === undefined) return [];
  return touched(roomed).map((one) => {
    const { name, seconds } = one.window;
    const takes = `takes ${told(one.amount, one)} of ${told(one.most, one)} in any ${spanText(seconds * 1000)}`;
    return `window ${name}: ${takes}; ${leftText(one, rooms)}`;
  });
};

/** The same for a program: smallest units or wei, decimal. `left` is null where it is not known. */
export const roomJson = (roomed: Roomed) =>
  touched(roomed).map(({ window, amount, most }) => {
    const room = roomed.rooms?.kind === 'known' ? roomed.rooms.rooms.get(window.name) : undefined;
    return {
      window: window.name,
      amount: amount.toString(),
      most: most.toString(),
      left: room === undefined ? null : leftIn(room).toString(),
    };
  });
