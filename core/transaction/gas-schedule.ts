import { type AccessList, accessListify, dataLength, getBytes } from 'ethers';
import type { ForkName } from '#schemas/chain.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** The access list of a request as its parser admitted it; "" is none. */
export const accessListOf = (request: TransactionRequest): AccessList =>
  request.accessList === '' ? [] : accessListify(JSON.parse(request.accessList));

/** Gas. What a transaction costs before its first instruction, and the floor that its data has. */
interface Schedule {
  /** The EIPs that it follows, each with the date of the text. */
  readonly texts: readonly string[];
  readonly base: number;
  /** For the touch of a recipient who is not the sender. */
  readonly recipient: number;
  /** For value that goes to another. */
  readonly value: number;
  readonly creation: number;
  /** For the account of a recipient of value that comes into being. Without it the transaction is mined, fails, and is paid. */
  readonly newRecipient: number;
  /** For the account of a contract that is created. */
  readonly newContract: number;
  readonly initCodeWord: number;
  readonly zeroByte: number;
  readonly nonZeroByte: number;
  readonly floorZeroByte: number;
  readonly floorNonZeroByte: number;
  readonly listAddress: number;
  readonly listKey: number;
  /** For each byte of an access list: 20 of an address, 32 of a key. Part of the floor too. */
  readonly listByte: number;
}

/** 120 bytes of state at 1530 gas each (EIP-8037). */
const NEW_ACCOUNT = 120 * 1530;

/** A fork, or another reading of it. */
export type ScheduleName = ForkName | 'amsterdam-without-2780';

const SCHEDULES: Readonly<Record<ScheduleName, Schedule>> = {
  osaka: {
    texts: [
      'EIP-2 (Final)',
      'EIP-2028 (Final)',
      'EIP-2930 (Final)',
      'EIP-3860 (Final)',
      'EIP-7623 (Final)',
      'EIP-7825 (Final)',
    ],
    base: 21_000,
    recipient: 0,
    value: 0,
    creation: 32_000,
    newRecipient: 0,
    newContract: 0,
    initCodeWord: 2,
    zeroByte: 4,
    nonZeroByte: 16,
    floorZeroByte: 10,
    floorNonZeroByte: 40,
    listAddress: 2400,
    listKey: 1900,
    listByte: 0,
  },
  // Not final: each text as @ethereumjs/common 10.1.3 names it.
  amsterdam: {
    texts: [
      'EIP-2780 of 2026-08-04',
      'EIP-7976 of 2026-07-08',
      'EIP-7981 of 2026-07-07',
      'EIP-8037 of 2026-07-31',
      'EIP-8038 of 2026-08-04',
    ],
    base: 12_000,
    recipient: 3000,
    value: 6000,
    creation: 12_000,
    newRecipient: NEW_ACCOUNT,
    newContract: NEW_ACCOUNT,
    initCodeWord: 2,
    zeroByte: 4,
    nonZeroByte: 16,
    floorZeroByte: 64,
    floorNonZeroByte: 64,
    listAddress: 2900,
    listKey: 2000,
    listByte: 64,
  },
  // As Hardhat 3.18 runs it: the floor still begins at 21000, as the text of EIP-7976 says it.
  'amsterdam-without-2780': {
    texts: ['EIP-7976 of 2026-07-08', 'EIP-7981 of 2026-07-07', 'EIP-8037 before EIP-8038'],
    base: 21_000,
    recipient: 0,
    value: 0,
    creation: 9000,
    newRecipient: 0,
    newContract: NEW_ACCOUNT,
    initCodeWord: 2,
    zeroByte: 4,
    nonZeroByte: 16,
    floorZeroByte: 64,
    floorNonZeroByte: 64,
    listAddress: 2400,
    listKey: 1900,
    listByte: 64,
  },
};

/** All that nodes of a fork are known to ask for: what is admitted must satisfy each. */
export const SCHEDULES_OF: Readonly<Record<ForkName, readonly ScheduleName[]>> = {
  osaka: ['osaka'],
  amsterdam: ['amsterdam', 'amsterdam-without-2780'],
};

/** The EIP texts that the schedule of a fork follows, each with its date. */
export const textsOf = (fork: ForkName): readonly string[] => SCHEDULES[fork].texts;

const ADDRESS_BYTES = 20;
const KEY_BYTES = 32;

/** Numbers of what is paid for. */
const countsOf = (request: TransactionRequest, from: string) => {
  const bytes = getBytes(request.data);
  const zeros = bytes.filter((byte) => byte === 0).length;
  const list = accessListOf(request);
  const creates = request.to === '';
  return {
    zeros,
    others: bytes.length - zeros,
    addresses: list.length,
    keys: list.reduce((sum, { storageKeys }) => sum + storageKeys.length, 0),
    creates,
    words: creates ? Math.ceil(dataLength(request.data) / 32) : 0,
    toAnother: !creates && request.to !== from,
    pays: BigInt(request.value) > 0n,
  };
};

type Counts = ReturnType<typeof countsOf>;

/** Part of the intrinsic gas and of the floor: what is paid for sender, recipient and creation. */
const baseOf = (it: Schedule, { creates, toAnother, pays }: Counts): number =>
  it.base + (creates ? it.creation : 0) + (toAnother ? it.recipient + (pays ? it.value : 0) : 0);

const listData = (it: Schedule, { addresses, keys }: Counts): number =>
  it.listByte * (ADDRESS_BYTES * addresses + KEY_BYTES * keys);

/** Whether the floor counts what a creation pays: EIP-7623 does not, EIP-2780 does. */
const floorBase = (name: ScheduleName, counts: Counts): number =>
  name === 'amsterdam' ? baseOf(SCHEDULES[name], counts) : SCHEDULES[name].base;

const intrinsicOf = (it: Schedule, counts: Counts): number =>
  baseOf(it, counts) +
  it.initCodeWord * counts.words +
  it.zeroByte * counts.zeros +
  it.nonZeroByte * counts.others +
  it.listAddress * counts.addresses +
  it.listKey * counts.keys +
  listData(it, counts);

/** Gas: what a transaction of `from` pays before its first instruction. Entries that stand twice in an access list are paid twice. */
export const intrinsicGas = (request: TransactionRequest, from: string, fork: ScheduleName): bigint =>
  BigInt(intrinsicOf(SCHEDULES[fork], countsOf(request, from)));

/** Whether the account that the transaction pays exists. A node says so; `unknown` counts as `no`. */
export type AccountExists = 'yes' | 'no' | 'unknown';

/** The least gas limit with which a node of that fork takes the request from `from`. It is the intrinsic gas, or the floor of its data. */
export const admittedGas = (request: TransactionRequest, from: string, fork: ScheduleName): bigint => {
  const it = SCHEDULES[fork];
  const counts = countsOf(request, from);
  const floor =
    floorBase(fork, counts) +
    it.floorZeroByte * counts.zeros +
    it.floorNonZeroByte * counts.others +
    listData(it, counts);
  return BigInt(Math.max(intrinsicOf(it, counts), floor));
};

/** The same, with what a new account costs: of the recipient of value, or of the contract that is created. */
export const leastGas = (
  request: TransactionRequest,
  from: string,
  fork: ScheduleName,
  accountExists: AccountExists,
): bigint => {
  const it = SCHEDULES[fork];
  const counts = countsOf(request, from);
  const paysNew = counts.toAnother && counts.pays && accountExists !== 'yes';
  const account = (counts.creates ? it.newContract : 0) + (paysNew ? it.newRecipient : 0);
  const withAccount = BigInt(intrinsicOf(it, counts) + account);
  const admitted = admittedGas(request, from, fork);
  return withAccount > admitted ? withAccount : admitted;
};
