import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { createTxFromRLP } from '@ethereumjs/tx';
import { createAccount, createAddressFromString, hexToBytes, type PrefixedHexString } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import { addressOfKey } from '#core/shares/address.ts';
import { rungsOf } from '#core/transaction/transaction.ts';
import type { ForkName } from '#schemas/chain.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { secretOf } from '#test/support/law.ts';
import { signRung } from '#test/support/sign.ts';

const HARDFORKS = { osaka: Hardfork.Osaka, amsterdam: Hardfork.Amsterdam };

export const SENDER_KEY = secretOf(1);
export const SENDER = addressOfKey(SENDER_KEY);

/** `refused`: no block could hold it. `failed`: mined, paid for, and undone. */
export type Ran = 'refused' | 'failed' | 'done';

/** The bytes that keyturn signs for this request, sent from SENDER. Chain id 1. */
export const bytesOf = (request: TransactionRequest, nonce = 0n): PrefixedHexString => {
  const rung = rungsOf(request, nonce).at(-1);
  if (rung === undefined) throw new Error('no rung');
  return signRung(rung, SENDER_KEY, SENDER).raw as PrefixedHexString;
};

/** Runs a request alone on an empty chain by ethereumjs. `exists`: whether its destination has 1 wei. */
export const runOn = async (fork: ForkName, request: TransactionRequest, exists: boolean): Promise<Ran> => {
  const common = new Common({ chain: Mainnet, hardfork: HARDFORKS[fork] });
  const vm = await createVM({ common });
  await vm.stateManager.putAccount(createAddressFromString(SENDER), createAccount({ balance: 10n ** 24n }));
  if (exists && request.to !== '' && request.to !== SENDER)
    await vm.stateManager.putAccount(createAddressFromString(request.to), createAccount({ balance: 1n }));
  try {
    const tx = createTxFromRLP(hexToBytes(bytesOf(request)), { common });
    const { execResult } = await runTx(vm, { tx });
    return execResult.exceptionError === undefined ? 'done' : 'failed';
  } catch (error) {
    if (error instanceof Error && /GAS_TOO_LOW|EIP-7825/.test(error.message)) return 'refused';
    throw error;
  }
};
