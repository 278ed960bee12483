import {
  FetchRequest,
  JsonRpcProvider,
  keccak256,
  Network,
  NonceManager,
  type Signer,
  Transaction,
  toUtf8Bytes,
  Wallet,
} from 'ethers';
import { createWalletClient, defineChain, http } from 'viem';
import { createNonceManager, privateKeyToAccount } from 'viem/accounts';
import { jsonRpc } from 'viem/nonce';
import { FEES, PAYEE, worthOf } from './tally.ts';

/** Sends intent `n` as its users would, retries and all; a rejection means that it gave up. */
export type Send = (n: number) => Promise<unknown>;

export interface Client {
  readonly name: string;
  readonly open: (url: string, chainId: number, key: string) => { readonly send: Send; readonly close: () => void };
}

/** Tries again after an error, as every tutorial does: three more times. */
const RETRIES = 3;

const withRetry = async (send: () => Promise<unknown>): Promise<unknown> => {
  for (let n = 0; ; n++) {
    try {
      return await send();
    } catch (error) {
      if (n >= RETRIES) throw error;
    }
  }
};

const providerAt = (url: string, chainId: number): JsonRpcProvider =>
  new JsonRpcProvider(new FetchRequest(url), Network.from(chainId), {
    staticNetwork: true,
    cacheTimeout: -1,
    batchMaxCount: 1,
  });

const ethersClient = (name: string, signerOf: (wallet: Wallet) => Signer): Client => ({
  name,
  open: (url, chainId, key) => {
    const provider = providerAt(url, chainId);
    const signer = signerOf(new Wallet(key, provider));
    const send: Send = (n) =>
      withRetry(() => signer.sendTransaction({ to: PAYEE, value: worthOf(n), gasLimit: 21_000n, type: 2, ...FEES }));
    return { send, close: () => provider.destroy() };
  },
});

const viemClient: Client = {
  name: 'viem nonceManager + retry',
  open: (url, chainId, key) => {
    const chain = defineChain({
      id: chainId,
      name: 'bench',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [url] } },
    });
    const nonceManager = createNonceManager({ source: jsonRpc() });
    const account = privateKeyToAccount(`0x${key.slice(2)}`, { nonceManager });
    const wallet = createWalletClient({ account, chain, transport: http(url, { retryDelay: 20 }) });
    const send: Send = (n) =>
      withRetry(() => wallet.sendTransaction({ to: PAYEE, value: worthOf(n), gas: 21_000n, type: 'eip1559', ...FEES }));
    return { send, close: () => {} };
  },
};

/** Nonce 0, 10,000 gwei, no chain id, one attempt (Google's codelab on digital assets with Confidential Space). */
const codelab: Client = {
  name: "the codelab's way",
  open: (url, chainId, key) => {
    const provider = providerAt(url, chainId);
    const wallet = new Wallet(key);
    const send: Send = async (n) => {
      const unsigned = {
        type: 0,
        nonce: 0,
        gasLimit: 21_000n,
        gasPrice: 10_000_000_000_000n,
        to: PAYEE,
        value: worthOf(n),
      };
      const raw = await wallet.signTransaction(Transaction.from(unsigned));
      return provider.send('eth_sendRawTransaction', [raw]);
    };
    return { send, close: () => provider.destroy() };
  },
};

export const CLIENTS: readonly Client[] = [
  ethersClient('ethers Wallet + retry', (wallet) => wallet),
  ethersClient('ethers NonceManager + retry', (wallet) => new NonceManager(wallet)),
  viemClient,
  codelab,
];

/** A key that nobody used before in this run: public, since anybody can make it from the label. */
export const keyFor = (label: string): string => keccak256(toUtf8Bytes(`keyturn bench ${label}`));
