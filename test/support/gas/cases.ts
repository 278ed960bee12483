import { requestOf } from '#test/support/law.ts';
import { SENDER } from './machine.ts';

const bytes = (count: number, byte: string): string => `0x${byte.repeat(count)}`;
const OTHER = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const listOf = (addresses: number, keys: number): string =>
  JSON.stringify(
    Array.from({ length: addresses }, (_, n) => ({
      address: OTHER,
      storageKeys: n === 0 ? Array.from({ length: keys }, (_key, k) => bytes(32, k === 0 ? '00' : '01')) : [],
    })),
  );

/** Transactions without a contract that runs: their gas is what the schedule says, and nothing else. `0x00…` as init code stops at once. */
export const CASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a transfer': {},
  'a transfer of nothing': { value: '0' },
  'a transfer of type 0': { type: '0', maxPriorityFeePerGas: '' },
  'a transfer of type 1': { type: '1', maxPriorityFeePerGas: '' },
  'a transfer to the wallet itself': { to: SENDER },
  'nothing to the wallet itself': { to: SENDER, value: '0' },
  'a zero byte': { data: '0x00' },
  'a byte': { data: '0xff' },
  '1,000 zero bytes': { data: bytes(1000, '00') },
  '1,000 zero bytes and no value': { data: bytes(1000, '00'), value: '0' },
  '1,000 bytes': { data: bytes(1000, 'ff') },
  '1,000 bytes to the wallet itself': { data: bytes(1000, 'ff'), to: SENDER },
  '5,000 zero bytes': { data: bytes(5000, '00') },
  '20,000 zero bytes and no value': { data: bytes(20_000, '00'), value: '0' },
  'a list of one address': { accessList: listOf(1, 0) },
  'a list of one address and two keys': { accessList: listOf(1, 2) },
  'a list with repeats, of type 1': { type: '1', maxPriorityFeePerGas: '', accessList: listOf(3, 3) },
  'a list and 1,000 zero bytes': { accessList: listOf(2, 3), data: bytes(1000, '00') },
  'a creation': { to: '', data: '0x00' },
  'a creation without value': { to: '', value: '0', data: '0x00' },
  'a creation of 32 bytes': { to: '', data: bytes(32, '00') },
  'a creation of 33 bytes': { to: '', data: bytes(33, '00') },
  'a creation of 10,000 bytes': { to: '', data: `0x00${'ff'.repeat(9999)}` },
  'a creation with a list': { to: '', data: bytes(64, '00'), accessList: listOf(1, 1) },
  'a creation of the most init code': { to: '', data: bytes(49_152, '00') },
};

/** A case as a request with this gas limit. */
export const caseOf = (fields: Readonly<Record<string, string>>, gasLimit: bigint) =>
  requestOf({ chainId: '1', to: OTHER, value: '1', ...fields, gasLimit: `${gasLimit}` });
