import {
  type Chain,
  type CustomTransport,
  createWalletClient,
  custom,
  getAddress,
  type JsonRpcAccount,
  type PublicClient,
  type Transport,
  type WalletClient,
} from 'viem';
import type { Client, Payment } from './api.ts';
import { type Eip1193, keyturnProvider } from './provider.ts';

export type { Eip1193 } from './provider.ts';

export interface KeyturnWalletOptions<C extends Chain | undefined> {
  readonly keyturn: Client;
  /** The dApp's own node: it tells what is mined. */
  readonly publicClient: PublicClient<Transport, C>;
  /** Name in the law; the only one. */
  readonly wallet?: string | undefined;
  /** The payment that this client makes. Without it nothing can be sent. */
  readonly payment?: Payment | undefined;
}

/** A wallet client of viem. What viem throws has the KeyturnError among its causes (`keyturnErrorIn`). */
export type KeyturnWallet<C extends Chain | undefined> = WalletClient<CustomTransport, C, JsonRpcAccount> & {
  /** A client for this one payment: `sendTransaction`, `writeContract` and `deployContract` are that payment. */
  forPayment(payment: Payment): KeyturnWallet<C>;
};

/**
 * A wallet of keyturn as a wallet client. `sendTransaction` publishes a request, and resolves when it is mined: its receipt tells whether it
 * reverted. `signTransaction`, `signMessage` and `signTypedData` throw UNSUPPORTED.
 */
export const keyturnWallet = <C extends Chain | undefined>(options: KeyturnWalletOptions<C>): KeyturnWallet<C> => {
  const { keyturn, publicClient, wallet, payment } = options;
  const node: Eip1193 = { request: (call) => publicClient.request(call as never) };
  const client = createWalletClient({
    account: getAddress(keyturn.wallet(wallet).address),
    chain: publicClient.chain as C,
    // A request that failed is asked again by whoever knows that it is the same payment.
    transport: custom(keyturnProvider({ keyturn, node, wallet, payment }), { retryCount: 0 }),
  });
  const forPayment = (other: Payment) => keyturnWallet({ ...options, payment: other });
  return Object.assign(client, { forPayment }) as KeyturnWallet<C>;
};
