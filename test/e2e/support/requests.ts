import { timeText } from '#schemas/spellings.ts';

export type Draft = Readonly<Record<string, string>>;

/** Somebody to pay who has no money yet: an address that nothing else uses. */
export const payee = (n: number): string => `0x${n.toString().padStart(40, '3')}`;

export const ETHER = 10n ** 18n;

let counter = 0;

/** A request that the lab's law admits, under a reference of its own; `over` spoils or completes it. */
export const draft = (over: Draft = {}): Draft => ({
  wallet: 'treasury',
  chainId: '31337',
  type: '2',
  to: payee(1),
  value: '1000000000000000',
  data: '0x',
  accessList: '',
  gasLimit: '21000',
  maxFeePerGas: '30000000000',
  maxPriorityFeePerGas: '1000000000',
  nonce: '',
  replaces: '',
  validUntil: timeText(Date.now() + 3_600_000),
  reference: `test-${++counter}`,
  memo: '',
  requester: 'dapp',
  requesterSignature: '',
  ...over,
});

export const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
