import { Contract, JsonRpcApiProvider, type JsonRpcPayload, type JsonRpcResult, Wallet } from 'ethers';
import { createPublicClient, custom, toFunctionSelector } from 'viem';
import { beforeEach, describe, expect, test } from 'vitest';
import { keyturnErrorIn } from '#client/error-in.ts';
import { ethersRequester, KeyturnSigner } from '#client/ethers.ts';
import { keyturnProvider } from '#client/provider.ts';
import { keyturnWallet } from '#client/viem.ts';
import { type OnStage, onStage, PAYEE } from '#test/support/client/on-stage.ts';

const ONE_ETHER = 10n ** 18n;
const quantity = (value: bigint): string => `0x${value.toString(16)}`;

/** A node that mines what keyturn submitted, as soon as it is asked for it. */
class Node {
  readonly #on: OnStage;
  readonly asked: string[] = [];
  reverted = false;
  constructor(on: OnStage) {
    this.#on = on;
  }
  request = async ({ method, params }: { method: string; params?: unknown }): Promise<unknown> => {
    this.asked.push(method);
    const [first] = Array.isArray(params) ? params : [];
    const { pipeline, published } = this.#on;
    const last = JSON.parse(published.at(-1)?.replace(/^\S+ \{\} /, '') ?? '{}');
    switch (method) {
      case 'eth_chainId':
        return '0x7a69';
      case 'eth_estimateGas':
        return '0x5208';
      case 'eth_maxPriorityFeePerGas':
        return '0x3b9aca00';
      case 'eth_gasPrice':
        return '0x3b9aca00';
      case 'eth_getBlockByNumber':
        return {
          number: '0x1',
          baseFeePerGas: '0x3b9aca00',
          transactions: [],
          timestamp: '0x1',
          gasLimit: '0x1',
          gasUsed: '0x1',
          difficulty: '0x0',
          extraData: '0x',
          miner: PAYEE,
          nonce: '0x0000000000000000',
          hash: `0x${'1'.repeat(64)}`,
          parentHash: `0x${'2'.repeat(64)}`,
        };
      case 'eth_blockNumber':
        return '0x2';
      case 'eth_getTransactionByHash':
        return {
          ...{
            hash: first,
            from: pipeline.wallet.address.toLowerCase(),
            to: last.to === '' ? null : last.to.toLowerCase(),
          },
          ...{ value: quantity(BigInt(last.value)), input: last.data, gas: '0x5208', gasPrice: '0x1', nonce: '0x0' },
          ...{
            blockNumber: '0x2',
            blockHash: `0x${'1'.repeat(64)}`,
            transactionIndex: '0x0',
            type: '0x0',
            v: '0x1b',
            chainId: '0x7a69',
          },
          ...{ r: `0x${'1'.repeat(64)}`, s: `0x${'1'.repeat(64)}` },
        };
      case 'eth_getTransactionReceipt':
        return {
          ...{ transactionHash: first, from: pipeline.wallet.address, to: PAYEE, blockNumber: '0x2', logs: [] },
          ...{ blockHash: `0x${'1'.repeat(64)}`, transactionIndex: '0x0', logsBloom: `0x${'0'.repeat(512)}` },
          ...{ cumulativeGasUsed: '0x5208', gasUsed: '0x5208', effectiveGasPrice: '0x1', contractAddress: null },
          ...{ status: this.reverted ? '0x0' : '0x1', type: '0x2' },
        };
      default:
        throw new Error(`the node knows no ${method}`);
    }
  };
}

class NodeProvider extends JsonRpcApiProvider {
  readonly #node: Node;
  constructor(node: Node) {
    super(31337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 });
    this.#node = node;
    this._start();
  }
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return Promise.all(
      [payload]
        .flat()
        .map(async ({ id, method, params }) => ({ id, result: await this.#node.request({ method, params }) })),
    );
  }
}

let on: OnStage;
let node: Node;
/** Intake, both approvals and a turn, as soon as a request is published. */
const settleAll = (): void => {
  let turn = 0n;
  on.deliver = async (data) => {
    await on.pipeline.deliver(data);
    const ids = on.pipeline.storage
      .names(on.pipeline.buckets.results, 'requests/')
      .flatMap((name) => /^requests\/([0-9a-f]{64})\/request\.json$/.exec(name)?.[1] ?? [])
      .filter((id) => on.pipeline.fact(id, 'submitted') === undefined);
    for (const id of ids) await on.pipeline.approve(id);
    if (ids.length > 0) await on.pipeline.turn(++turn);
  };
};
beforeEach(() => {
  on = onStage();
  node = new Node(on);
  settleAll();
});
const requests = () => on.published.map((line) => JSON.parse(line.replace(/^\S+ \{\} /, '')));

const signer = () => new KeyturnSigner(on.client, new NodeProvider(node));
const wallet = () =>
  keyturnWallet({
    keyturn: on.client,
    publicClient: createPublicClient({ transport: custom(node), pollingInterval: 1 }),
  });
const FOR = { reference: 'invoice-7', memo: 'seven' };

describe('ethers', () => {
  test('sendTransaction publishes one request, fills in what is missing, and resolves when it is mined', async () => {
    const response = await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: ONE_ETHER });
    expect(response).toMatchObject({ from: on.pipeline.wallet.address, to: PAYEE, value: ONE_ETHER, blockNumber: 2 });
    expect(requests()).toMatchObject([
      {
        reference: 'invoice-7',
        memo: 'seven',
        to: PAYEE,
        value: `${ONE_ETHER}`,
        gasLimit: '21000',
        maxFeePerGas: '3000000000',
        nonce: '',
        chainId: '31337',
      },
    ]);
    expect((await response.wait())?.status).toBe(1);
  });

  test('one that reverted is mined, and wait() tells', async () => {
    node.reverted = true;
    const response = await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: 1n });
    await expect(response.wait()).rejects.toMatchObject({ code: 'CALL_EXCEPTION' });
  });

  test('a contract’s method is a payment too, by its signer or by customData', async () => {
    const bound = new Contract(PAYEE, ['function settle(uint256)'], signer().forPayment(FOR));
    await bound.getFunction('settle')(5n);
    const other = new Contract(PAYEE, ['function pay()'], signer());
    await other.getFunction('pay')({ customData: { reference: 'custom-1', memo: 'by data' } });
    const settle = `${toFunctionSelector('settle(uint256)')}${'5'.padStart(64, '0')}`;
    expect(requests()).toMatchObject([
      { reference: 'invoice-7', memo: 'seven', data: settle },
      { reference: 'custom-1', memo: 'by data', data: toFunctionSelector('pay()') },
    ]);
    await expect(other.getFunction('pay')()).rejects.toMatchObject({ code: 'REFERENCE_MISSING' });
  });

  test.each([
    ['no reference', {}, 'REFERENCE_MISSING', 'reference'],
    ['a reference that is no text', { customData: { reference: 7 } }, 'REFERENCE_MISSING', 'reference'],
  ])('%s: nothing is published and no node is asked', async (_, over, code, field) => {
    await expect(signer().sendTransaction({ to: PAYEE, value: 1n, ...over })).rejects.toMatchObject({ code, field });
    expect([on.published, node.asked]).toEqual([[], []]);
  });

  test.each([
    ['another payer', { from: PAYEE }, 'USAGE', 'from'],
    ['another chain', { chainId: 1n }, 'USAGE', 'chainId'],
    ['blobs', { type: 3 }, 'UNSUPPORTED', 'transactions of type 3 and 4'],
    ['authorizations', { authorizationList: [] }, 'UNSUPPORTED', 'transactions of type 3 and 4'],
  ])('%s is refused', async (_, over, code, field) => {
    await expect(
      signer()
        .forPayment(FOR)
        .sendTransaction({ to: PAYEE, value: 1n, ...over }),
    ).rejects.toMatchObject({ code, field });
    expect(on.published).toEqual([]);
  });

  test('signs nothing', async () => {
    for (const [name, sign] of Object.entries({
      signTransaction: () => signer().signTransaction(),
      signMessage: () => signer().signMessage(),
      signTypedData: () => signer().signTypedData(),
    }))
      await expect(sign()).rejects.toMatchObject({ code: 'UNSUPPORTED', field: name });
  });

  test('a Signer of ethers is a requester', async () => {
    const key = new Wallet(`0x${'4'.repeat(64)}`);
    on = onStage({ requester: await ethersRequester(key) });
    node = new Node(on);
    settleAll();
    await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: 1n });
    expect(requests()).toMatchObject([
      { requester: key.address, requesterSignature: expect.stringMatching(/^0x[0-9a-f]{130}$/) },
    ]);
  });
});

describe('viem', () => {
  test('sendTransaction publishes one request, and resolves to the hash of what is mined', async () => {
    const hash = await wallet().forPayment(FOR).sendTransaction({ chain: null, to: PAYEE, value: ONE_ETHER });
    expect(requests()).toMatchObject([
      { reference: 'invoice-7', memo: 'seven', to: PAYEE, value: `${ONE_ETHER}`, gasLimit: '21000', nonce: '' },
    ]);
    const submitted = on.pipeline.fact(
      (await on.client.prepare({ ...requestFields(), validUntil: new Date(requests()[0].validUntil) })).id,
      'submitted',
    );
    expect(submitted).toMatchObject({ transactionHashes: expect.arrayContaining([hash]) });
  });

  test('without a payment nothing is published, and the reason is among the causes', async () => {
    const error = await wallet()
      .sendTransaction({ chain: null, to: PAYEE, value: 1n })
      .catch((thrown: unknown) => thrown);
    expect(keyturnErrorIn(error)).toMatchObject({ code: 'REFERENCE_MISSING' });
    expect(on.published).toEqual([]);
  });

  test('signs nothing', async () => {
    const signing = {
      personal_sign: () => wallet().signMessage({ message: 'x' }),
      eth_signTypedData_v4: () =>
        wallet().signTypedData({
          domain: {},
          types: { A: [{ name: 'a', type: 'string' }] },
          primaryType: 'A',
          message: { a: 'x' },
        }),
      eth_signTransaction: () => wallet().signTransaction({ chain: null, to: PAYEE, value: 1n } as never),
    };
    for (const [method, sign] of Object.entries(signing)) {
      const error = await sign().catch((thrown: unknown) => thrown);
      expect(keyturnErrorIn(error)).toMatchObject({ code: 'UNSUPPORTED', field: method });
    }
    expect(await wallet().getAddresses()).toEqual([on.pipeline.wallet.address]);
  });
});

const requestFields = () => ({
  reference: 'invoice-7',
  memo: 'seven',
  to: PAYEE,
  value: ONE_ETHER,
  chainId: 31337,
  gasLimit: BigInt(requests()[0].gasLimit),
  maxFeePerGas: BigInt(requests()[0].maxFeePerGas),
  maxPriorityFeePerGas: BigInt(requests()[0].maxPriorityFeePerGas),
});

// Of threat 92 in docs/threats.md.
describe('one payment, one reference, always', () => {
  test('the same payment asked for again, with another id, waits for the first and pays once', async () => {
    const first = await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: ONE_ETHER });
    on.pipeline.clock.advance(60_000);
    const again = await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: ONE_ETHER });
    expect(again.hash).toBe(first.hash);
    const [one, two] = requests();
    expect(one.validUntil).not.toBe(two.validUntil);
    expect(on.pipeline.seals()).toHaveLength(1);
    expect(await wallet().forPayment(FOR).sendTransaction({ chain: null, to: PAYEE, value: ONE_ETHER })).toBe(
      first.hash,
    );
    expect(on.pipeline.seals()).toHaveLength(1);
  });

  test('another payment under the same reference is refused, and names the first', async () => {
    await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: ONE_ETHER });
    await expect(signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: 1n })).rejects.toMatchObject({
      code: 'REFERENCE_USED',
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(on.pipeline.seals()).toHaveLength(1);
  });

  test('an aborted one goes on, and is found again', async () => {
    const stop = new AbortController();
    on.deliver = async (data) => {
      await on.pipeline.deliver(data);
      stop.abort();
    };
    await expect(
      signer()
        .forPayment({ ...FOR, signal: stop.signal })
        .sendTransaction({ to: PAYEE, value: 1n }),
    ).rejects.toMatchObject({ code: 'STOPPED_WAITING' });
    const [open] = on.pipeline.storage.names(on.pipeline.buckets.work, 'open/hot/');
    expect(open).toMatch(/^open\/hot\/[0-9a-f]{64}$/);
    settleAll();
    on.pipeline.clock.advance(60_000);
    const response = await signer().forPayment(FOR).sendTransaction({ to: PAYEE, value: 1n });
    expect(response.blockNumber).toBe(2);
    expect(on.pipeline.seals()).toHaveLength(1);
  });
});

describe('EIP-1193', () => {
  const send = (params: unknown) =>
    keyturnProvider({ keyturn: on.client, node, payment: FOR }).request({ method: 'eth_sendTransaction', params });
  test('an address in lower case gets its checksum, one with a wrong checksum is refused', async () => {
    expect(await send([{ to: PAYEE.toLowerCase(), value: '0x1' }])).toMatch(/^0x[0-9a-f]{64}$/);
    expect(requests()).toMatchObject([{ to: PAYEE }]);
    const wrong = PAYEE.replace('Ae', 'ae');
    await expect(send([{ to: wrong, value: '0x1' }])).rejects.toMatchObject({ code: 'BAD_FIELD', field: 'to' });
  });
  test.each([
    [undefined],
    [[]],
    [[{ to: 'x' }]],
    [[{ value: '1' }]],
    [[{ to: PAYEE, authorizationList: [] }]],
    [[{ to: PAYEE, data: '0x01', input: '0x02' }]],
    [{ to: PAYEE }],
  ])('what is no transaction is refused: %j', async (params) => {
    await expect(send(params)).rejects.toMatchObject({ code: 'USAGE', field: 'params' });
  });
  test('all that signs is refused, and the rest goes to the node', async () => {
    const provider = keyturnProvider({ keyturn: on.client, node, payment: FOR });
    for (const method of [
      'eth_sign',
      'personal_sign',
      'eth_signTypedData_v4',
      'eth_signTransaction',
      'wallet_sendCalls',
    ])
      await expect(provider.request({ method })).rejects.toMatchObject({ code: 'UNSUPPORTED', field: method });
    expect(await provider.request({ method: 'eth_chainId' })).toBe('0x7a69');
    expect(await provider.request({ method: 'eth_accounts' })).toEqual([on.pipeline.wallet.address]);
  });
});
