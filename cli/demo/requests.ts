import { HDNodeWallet } from 'ethers';
import { DEV_MNEMONIC } from '#local/cloud/processes/anvil.ts';

export interface Asked {
  readonly to: string;
  /** As `keyturn request --value` takes it. */
  readonly value: string;
  readonly reference: string;
  readonly memo: string;
}

/** Somebody to pay: the development chain's own accounts, from the second on (the first one funds the wallet). */
const payee = (n: number): string => HDNodeWallet.fromPhrase(DEV_MNEMONIC, '', `m/44'/60'/0'/0/${n + 1}`).address;

/** What the dApp of the demonstration asks for: half an ether, or many small payments. */
export const askFor = (count: number, run: string): readonly Asked[] =>
  Array.from({ length: count }, (_, n) => ({
    to: payee(n),
    value: count === 1 ? '0.5 ether' : `${n + 1}0000000000000000`,
    reference: `demo-${run}-${n + 1}`,
    memo: count === 1 ? 'invoice 1' : `invoice ${n + 1} of ${count}`,
  }));
