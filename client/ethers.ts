import {
  AbstractSigner,
  accessListify,
  getAddress,
  type Provider,
  resolveAddress,
  type Signer,
  type TransactionRequest,
  type TransactionResponse,
} from 'ethers';
import { KeyturnError } from '#schemas/codes.ts';
import type { Client, MinedTransaction, Payment, Requester } from './api.ts';
import { noReference, type PaymentNode, pay, type Transaction, unsupported } from './pay.ts';

/** A Signer of ethers as the one who asks. */
export const ethersRequester = async (signer: Signer): Promise<Requester> => ({
  address: await signer.getAddress(),
  signTypedData: ({ domain, types, message }) =>
    signer.signTypedData(domain, { Request: [...types.Request] }, { ...message }),
});

interface Mined extends MinedTransaction {
  readonly response: TransactionResponse;
}

const nodeOf = (provider: Provider): PaymentNode<Mined> => ({
  estimateGas: (call) => provider.estimateGas(call),
  baseFee: async () => (await provider.getBlock('latest'))?.baseFeePerGas ?? undefined,
  tips: async () => ({ suggested: (await provider.getFeeData()).maxPriorityFeePerGas ?? undefined, paid: [] }),
  mined: async (hash) => {
    const response = await provider.getTransaction(hash);
    if (response === null || response.blockNumber === null) return undefined;
    const receipt = await provider.getTransactionReceipt(hash);
    if (receipt === null) return undefined;
    const { from, to, value, data } = response;
    return { hash, from, to, value, data, reverted: receipt.status === 0, response };
  },
});

export interface KeyturnSignerOptions {
  /** Name in the law; the only one. */
  readonly wallet?: string | undefined;
  /** The payment that this signer makes. Without it, each transaction names its own in `customData`. */
  readonly payment?: Payment | undefined;
}

const big = (value: TransactionRequest['value']): bigint | undefined =>
  value === null || value === undefined ? undefined : BigInt(value);

/**
 * A wallet of keyturn as a Signer. `sendTransaction` publishes a request, and resolves when it is mined: `wait()` of the response tells whether it
 * reverted. It signs nothing itself, since nobody holds its key.
 */
export class KeyturnSigner extends AbstractSigner<Provider> {
  readonly #client: Client;
  readonly #options: KeyturnSignerOptions;

  constructor(client: Client, provider: Provider, options: KeyturnSignerOptions = {}) {
    super(provider);
    this.#client = client;
    this.#options = options;
  }

  async getAddress(): Promise<string> {
    return this.#client.wallet(this.#options.wallet).address;
  }

  /** The same wallet on another node. Throws USAGE without one: nobody else can say what is mined. */
  connect(provider: Provider | null): KeyturnSigner {
    if (provider === null)
      throw new KeyturnError('USAGE', 'a signer of keyturn needs a provider', { field: 'provider' });
    return new KeyturnSigner(this.#client, provider, this.#options);
  }

  /** A signer for this one payment: give it to a contract, or to any library that takes a Signer. */
  forPayment(payment: Payment): KeyturnSigner {
    return new KeyturnSigner(this.#client, this.provider, { ...this.#options, payment });
  }

  /** Throws REFERENCE_MISSING before anything is asked, UNSUPPORTED, USAGE, and what `request` and `waitFor` throw. */
  override async sendTransaction(tx: TransactionRequest): Promise<TransactionResponse> {
    const payment: Payment | undefined = this.#options.payment ?? tx.customData;
    if (typeof payment?.reference !== 'string' || payment.reference === '') throw noReference();
    const transaction = await this.#transactionOf(tx);
    const { response } = await pay(this.#client, nodeOf(this.provider), payment, transaction);
    return response;
  }

  async #transactionOf(tx: TransactionRequest): Promise<Transaction> {
    if ((tx.blobs ?? tx.blobVersionedHashes ?? tx.authorizationList) != null || Number(tx.type ?? 2) > 2)
      throw unsupported('transactions of type 3 and 4');
    const { name, address } = this.#client.wallet(this.#options.wallet);
    if (tx.from != null && getAddress(await resolveAddress(tx.from, this.provider)) !== address)
      throw new KeyturnError('USAGE', `only wallet ${name} can pay, which is ${address}`, { field: 'from' });
    const { chainId } = await this.provider.getNetwork();
    if (tx.chainId != null && BigInt(tx.chainId) !== chainId)
      throw new KeyturnError('USAGE', `the provider is on chain ${chainId}`, { field: 'chainId' });
    const gasPrice = big(tx.gasPrice);
    const type = tx.type ?? (gasPrice === undefined ? 2 : 0);
    return {
      wallet: name,
      chainId,
      type: type === 0 || type === 1 ? type : 2,
      to: tx.to == null ? null : getAddress(await resolveAddress(tx.to, this.provider)),
      value: big(tx.value),
      data: tx.data?.toLowerCase(),
      accessList: tx.accessList == null ? undefined : accessListify(tx.accessList),
      gasLimit: big(tx.gasLimit),
      maxFeePerGas: gasPrice ?? big(tx.maxFeePerGas),
      maxPriorityFeePerGas: big(tx.maxPriorityFeePerGas),
      nonce: big(tx.nonce),
    };
  }

  override async signTransaction(): Promise<string> {
    throw unsupported('signTransaction');
  }

  override async signMessage(): Promise<string> {
    throw unsupported('signMessage');
  }

  override async signTypedData(): Promise<string> {
    throw unsupported('signTypedData');
  }
}
