import type { Body, Quirk, Say } from './quirky.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const changed =
  (methods: readonly string[], change: (fields: Fields) => Fields): (() => Say) =>
  () =>
  async (method, _params, { forward }) => {
    if (!methods.includes(method)) return 'forward';
    const said: Body = await forward();
    return isFields(said.result) ? { result: change(said.result) } : said;
  };

const TRANSACTION = ['eth_getTransactionByHash'];
const RECEIPT = ['eth_getTransactionReceipt'];
const BLOCK = ['eth_getBlockByNumber'];

const without =
  (...names: readonly string[]) =>
  (fields: Fields): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

const padded = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && /^0x[0-9a-f]$/.test(value) ? `0x0${value.slice(2)}` : value,
    ]),
  );

const isLegacy = ({ type }: Fields): boolean => type === '0x0' || type === undefined;

/** Answers of another form, that are right all the same: whoever reads them must come to the same facts. */
export const ODD_ANSWERS: readonly Quirk[] = [
  {
    name: 'a legacy transaction without chainId',
    of: 'Hardhat 3.18.0, Ganache 7.9.2, geth before 1.13',
    source: 'https://github.com/ethereum/go-ethereum/issues/25155',
    say: changed(TRANSACTION, (fields) => (isLegacy(fields) ? without('chainId')(fields) : fields)),
  },
  {
    name: 'no legacy transaction has a type',
    of: 'OpenEthereum',
    source: 'https://github.com/openethereum/openethereum/pull/265',
    say: changed([...TRANSACTION, ...RECEIPT], (fields) => (isLegacy(fields) ? without('type')(fields) : fields)),
  },
  {
    name: 'no transaction has a type',
    of: 'anvil 0.2.0 on a fork',
    source: 'https://github.com/foundry-rs/foundry/issues/9194',
    say: changed(TRANSACTION, without('type')),
  },
  {
    name: 'neither type nor chainId',
    of: 'Aurora',
    source: 'https://github.com/aurora-is-near/aurora.js/issues/18',
    say: changed(TRANSACTION, without('type', 'chainId', 'accessList', 'maxFeePerGas', 'maxPriorityFeePerGas')),
  },
  {
    name: 'input is called data',
    of: 'CortexTheseus',
    source: 'https://github.com/CortexFoundation/CortexTheseus/pull/1715',
    say: changed(TRANSACTION, ({ input, ...fields }) => ({ ...fields, data: input })),
  },
  {
    name: 'data beside input',
    of: 'Nethermind',
    source: 'https://github.com/web3/web3.js/issues/5997',
    say: changed(TRANSACTION, (fields) => ({ ...fields, data: fields.input })),
  },
  {
    name: 'fees of another type are there, and null',
    of: 'Hedera JSON-RPC relay',
    source: 'https://github.com/hiero-ledger/hiero-json-rpc-relay/issues/1657',
    say: changed(TRANSACTION, (fields) =>
      isLegacy(fields) ? { ...fields, maxFeePerGas: null, maxPriorityFeePerGas: null } : fields,
    ),
  },
  {
    name: 'quantities with leading zeros',
    of: 'Ganache before 7',
    source: 'https://github.com/ConsenSys-archive/ganache-ui/issues/608',
    say: changed([...TRANSACTION, ...RECEIPT, ...BLOCK], padded),
  },
  {
    name: 'a receipt without effectiveGasPrice',
    of: 'IoTeX before 2.1, RSK before 6.4, Nethermind in 2021',
    source: 'https://github.com/iotexproject/iotex-core/issues/4478',
    say: changed(RECEIPT, without('effectiveGasPrice')),
  },
  {
    name: 'a receipt without type',
    of: 'Besu before 22.10, Hedera JSON-RPC relay',
    source: 'https://github.com/besu-eth/besu/issues/4505',
    say: changed(RECEIPT, without('type')),
  },
  {
    name: 'a receipt with the root of the state beside the status',
    of: 'Harmony in 2021',
    source: 'https://github.com/harmony-one/harmony/pull/3514',
    say: changed(RECEIPT, (fields) => ({ ...fields, root: `0x${'5a'.repeat(32)}` })),
  },
  {
    name: 'a receipt with fees of the chain below',
    of: 'Optimism, Base',
    source: 'https://github.com/ethers-io/ethers.js/issues/2844',
    say: changed(RECEIPT, (fields) => ({
      ...fields,
      l1Fee: '0x2386f26fc10000',
      l1GasPrice: '0x5f5e100',
      l1GasUsed: '0x640',
      l1FeeScalar: '0.684',
    })),
  },
  {
    name: 'an id that is text',
    of: 'a gateway before a node of The Graph',
    source: 'https://github.com/graphprotocol/network-indexer-services/issues/465',
    say:
      () =>
      async (_method, _params, { id, forward }) => ({ ...(await forward()), id: String(id) }),
  },
];

/** Answers that lack what nothing else tells. Whoever reads them must not guess: the look is repeated. */
export const SILENT_ANSWERS: readonly Quirk[] = [
  {
    name: 'a receipt with the root of the state, and no status',
    of: 'a chain without Byzantium',
    source: 'https://github.com/bnb-chain/bsc/issues/753',
    say: changed(RECEIPT, ({ status: _, ...fields }) => ({ ...fields, root: `0x${'5a'.repeat(32)}` })),
  },
  {
    name: 'a receipt with a status of null',
    of: 'Parity on Ethereum Classic',
    source: 'https://github.com/openethereum/parity-ethereum/issues/9606',
    say: changed(RECEIPT, (fields) => ({ ...fields, status: null })),
  },
  {
    name: 'neither result nor error',
    of: 'Alchemy in 2022',
    source: 'https://github.com/NomicFoundation/hardhat/issues/3000',
    say: () => (method) => (RECEIPT.includes(method) ? {} : 'forward'),
  },
];

/** Of what is not in a block, some nodes tell as much as of what is. */
export const PENDING_ANSWERS: readonly Quirk[] = [
  {
    name: 'a receipt of what is not in a block',
    of: 'Parity',
    source: 'https://github.com/openethereum/parity-ethereum/issues/3482',
    say: changed(RECEIPT, (fields) => ({ ...fields, blockHash: null, blockNumber: null })),
  },
  {
    name: 'a receipt without the fields of its block',
    of: 'Parity 2.4',
    source: 'https://github.com/openethereum/parity-ethereum/issues/10623',
    say: changed(RECEIPT, without('blockHash', 'blockNumber')),
  },
];
