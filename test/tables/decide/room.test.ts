import { mostUnsigned, openOf, roomProblem } from '#core/decide/room.ts';
import { LAW, lawWith, requestOf } from '#test/support/given.ts';
import { table } from '#test/support/table.ts';

const SIGNER = '0x2222222222222222222222222222222222222222';
/** Requesters of what is open: so many each. */
type Given = { readonly law?: typeof LAW; readonly open: Readonly<Record<string, number>> };

const room = ({ law = LAW, open }: Given, { requester }: { readonly requester: string }) => {
  const requesters = Object.entries(open).flatMap(([name, count]) => Array.from({ length: count }, () => name));
  const found = roomProblem(openOf(requesters, requester), requestOf({ requester }), law);
  return found === undefined ? 'room' : `${found.code}: ${found.field}`;
};

const DAPP = { requester: 'dapp' };
const SIGNED = { requester: SIGNER };
/** Ten at once, three of one requester. */
const SMALL = lawWith({}, { limits: { maxOpenPerWallet: 10, maxOpenPerRequester: 3 } });
const TWO_UNSIGNED = lawWith({}, { limits: { maxOpenPerWallet: 10, maxOpenUnsignedPerWallet: 2 } });

table<Given, { readonly requester: string }, string>('room among the open requests of a wallet', room, [
  ['Nothing is open.', { open: {} }, DAPP, 'room'],
  ['One requester has as many as the law admits.', { law: SMALL, open: { dapp: 3 } }, DAPP, 'TOO_MANY_OPEN: requester'],
  ['So has one who signs.', { law: SMALL, open: { [SIGNER]: 3 } }, SIGNED, 'TOO_MANY_OPEN: requester'],
  ['Seven of ten are open and unsigned.', { law: SMALL, open: { a: 3, b: 3, c: 1 } }, DAPP, 'room'],
  [
    'Eight are: the fifth that is left is for those who sign.',
    { law: SMALL, open: { a: 3, b: 3, c: 2 } },
    DAPP,
    'TOO_MANY_OPEN: requester',
  ],
  ['One who signs has room beside them.', { law: SMALL, open: { a: 3, b: 3, c: 2 } }, SIGNED, 'room'],
  ['Signed ones do not count as unsigned.', { law: SMALL, open: { a: 7, [SIGNER]: 2 } }, DAPP, 'room'],
  ['All ten are open.', { law: SMALL, open: { a: 8, b: 2 } }, SIGNED, 'TOO_MANY_OPEN: wallet'],
  ['The law admits two unsigned ones.', { law: TWO_UNSIGNED, open: { a: 1, b: 1 } }, DAPP, 'TOO_MANY_OPEN: requester'],
  ['And a third that is signed.', { law: TWO_UNSIGNED, open: { a: 1, b: 1 } }, SIGNED, 'room'],
]);

const most = (limits: Readonly<Record<string, number>>, _: 'how many may be unsigned?') =>
  mostUnsigned(lawWith({}, { limits }).limits);

table('how many open requests of a wallet may be unsigned', most, [
  ['Four fifths of 1000.', {}, 'how many may be unsigned?', 800],
  ['Four fifths, rounded down.', { maxOpenPerWallet: 3 }, 'how many may be unsigned?', 2],
  ['Never none.', { maxOpenPerWallet: 1 }, 'how many may be unsigned?', 1],
  ['What the law says.', { maxOpenUnsignedPerWallet: 10 }, 'how many may be unsigned?', 10],
]);
