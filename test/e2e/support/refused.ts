import { timeText } from '#schemas/spellings.ts';
import { type Draft, ETHER } from './requests.ts';

const in25Hours = () => timeText(Date.now() + 25 * 3_600_000);
const aMinuteAgo = () => timeText(Date.now() - 60_000);
const [VALUE, TO] = ['value', 'to'];

/** What is wrong, how the request says it, and the code and field that it is refused with. */
export const REFUSED: readonly (readonly [string, () => Draft, string, string])[] = [
  ['an unknown wallet', () => ({ wallet: 'savings' }), 'UNKNOWN_WALLET', 'wallet'],
  ['an unknown chain', () => ({ chainId: '1' }), 'UNKNOWN_CHAIN', 'chainId'],
  ['an address with a wrong checksum', () => ({ to: '0x70997970c51812dc3A010C7d01b50e0d17dc79C8' }), 'BAD_FIELD', TO],
  ['an address without one', () => ({ to: '0x70997970c51812dc3a010c7d01b50e0d17dc79c8' }), 'BAD_FIELD', TO],
  ['an address that is too short', () => ({ to: '0x7099' }), 'BAD_FIELD', TO],
  ['a negative value', () => ({ value: '-1' }), 'BAD_FIELD', VALUE],
  ['a fractional value', () => ({ value: '1.5' }), 'BAD_FIELD', VALUE],
  ['a value with a leading zero', () => ({ value: '01' }), 'BAD_FIELD', VALUE],
  ['a value in hex', () => ({ value: '0x10' }), 'BAD_FIELD', VALUE],
  ['a value with an exponent', () => ({ value: '1e18' }), 'BAD_FIELD', VALUE],
  ['an empty value', () => ({ value: '' }), 'BAD_FIELD', VALUE],
  ['a value of 2^256', () => ({ value: `${2n ** 256n}` }), 'BAD_FIELD', VALUE],
  ['a nonce of 2^64', () => ({ nonce: `${2n ** 64n}` }), 'BAD_FIELD', 'nonce'],
  ['data in capitals', () => ({ data: '0xAB' }), 'BAD_FIELD', 'data'],
  ['half a byte of data', () => ({ data: '0xabc' }), 'BAD_FIELD', 'data'],
  ['a gas limit that cannot do', () => ({ gasLimit: '20999' }), 'BAD_FIELD', 'gasLimit'],
  ['a tip above the ceiling', () => ({ maxPriorityFeePerGas: '30000000001' }), 'BAD_FIELD', 'maxPriorityFeePerGas'],
  ['a memo that turns the direction of writing', () => ({ memo: 'pay \u202eecilA' }), 'BAD_FIELD', 'memo'],
  ['a reference with a space', () => ({ reference: 'a b' }), 'BAD_FIELD', 'reference'],
  ['a validUntil that is past', () => ({ validUntil: aMinuteAgo() }), 'EXPIRED', 'validUntil'],
  ['a validUntil beyond the law', () => ({ validUntil: in25Hours() }), 'VALIDITY_TOO_LONG', 'validUntil'],
  ['a day that is none', () => ({ validUntil: '2027-02-30T00:00:00Z' }), 'BAD_FIELD', 'validUntil'],
  ['one wei above ten ether', () => ({ value: `${10n * ETHER + 1n}` }), 'POLICY_DENIED', VALUE],
  [
    'a fee above the ceiling',
    () => ({ gasLimit: '16000000', maxFeePerGas: '100000000000' }),
    'POLICY_DENIED',
    'maxFeePerGas',
  ],
  ['more gas than one transaction may have', () => ({ gasLimit: '16777217' }), 'BAD_FIELD', 'gasLimit'],
  ['a contract creation', () => ({ to: '', data: '0x00', gasLimit: '90000' }), 'POLICY_DENIED', TO],
  [
    'a signature that is none',
    () => ({ requesterSignature: `0x${'11'.repeat(65)}` }),
    'BAD_SIGNATURE',
    'requesterSignature',
  ],
];
