import { Interface, MaxUint256 } from 'ethers';
import { DESTINATIONS, WINDOWED } from './law.ts';
import type { Random } from './random.ts';
import type { Fields } from './reference.ts';
import type { TOKEN_KINDS } from './token-kinds.ts';

/** A token of chain 1 that the windowed wallet pays with. What is paid is read here by ethers, not by the code under test. */
export const TOKEN = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
/** Units that one transaction may move or allow, and that a window admits: mostly two payments, not three. */
const TOKEN_CAP = 1000n;
export const TOKEN_WINDOW = 1200n;

const NAMED = { chainId: '1', token: 'USDC' };

/** A function: the addresses are those of the law, which needs this. */
export const tokenLaw = () => ({
  tokens: [{ address: TOKEN, symbol: 'USDC', decimals: 6 }],
  rule: {
    name: 'usdc',
    effect: 'allow',
    destinations: [TOKEN],
    maxValueWei: '0',
    calls: [
      { function: 'transfer(address to, uint256 amount)', limits: [{ argument: 'to', in: DESTINATIONS }] },
      { function: 'approve(address spender, uint256 amount)', limits: [{ argument: 'spender', in: DESTINATIONS }] },
      { function: 'multicall(bytes[] data)' },
    ],
    tokens: [{ ...NAMED, maxUnits: TOKEN_CAP.toString() }],
  },
  windowOf: (seconds: number) => ({ name: 'usdc-in-a-row', seconds, ...NAMED, maxUnits: TOKEN_WINDOW.toString() }),
});

const CALLS = new Interface([
  'function transfer(address to, uint256 amount)',
  'function approve(address spender, uint256 amount)',
  'function multicall(bytes[] data)',
]);
const call = (name: string, ...args: readonly unknown[]): string => CALLS.encodeFunctionData(name, args);

const lane = (): Fields => ({ wallet: WINDOWED, chainId: '1', to: TOKEN, value: '0', gasLimit: '90000' });

/** A payment, an approval, or two payments in one call. */
export const tokenPayment = (random: Random): Fields => {
  const payee = random.pick(DESTINATIONS);
  const amount = random.pick([200n, 500n, 500n, 900n]);
  const half = call('transfer', payee, amount / 2n);
  return {
    ...lane(),
    data: random.pick([
      call('transfer', payee, amount),
      call('approve', payee, amount),
      call('multicall', [half, half]),
    ]),
  };
};

export const tokenOdd = (kind: (typeof TOKEN_KINDS)[number]): Fields => {
  const [payee = ''] = DESTINATIONS;
  const pay = (amount: bigint, to = payee): string => call('transfer', to, amount);
  const dataOf = (): string => {
    switch (kind) {
      case 'token-cap':
        return pay(TOKEN_CAP + 1n);
      case 'token-without-end':
        return call('approve', payee, MaxUint256);
      case 'token-payee':
        return pay(1n, TOKEN);
      case 'token-trailing':
        return `${pay(1n)}00`;
      case 'token-dirty':
        return pay(1n).replace('0xa9059cbb00', '0xa9059cbb01');
      case 'token-many':
        return call('multicall', [pay(500n), pay(500n), pay(500n)]);
      default:
        return kind satisfies never;
    }
  };
  return { ...lane(), data: dataOf() };
};

/** Units, and to whom; undefined where the data is not the one encoding of a known call. */
const paymentsIn = (data: string): readonly { readonly to: string; readonly amount: bigint }[] | undefined => {
  try {
    const read = CALLS.parseTransaction({ data });
    if (read === null || CALLS.encodeFunctionData(read.fragment, read.args) !== data) return undefined;
    if (read.name !== 'multicall') return [{ to: String(read.args[0]), amount: BigInt(read.args[1]) }];
    const inner = [...read.args[0]].map((one) => paymentsIn(String(one)));
    return inner.includes(undefined) ? undefined : inner.flatMap((one) => one ?? []);
  } catch {
    return undefined;
  }
};

/** Units that a request may move or allow, whether it reverts or not. */
export const unitsOf = ({ to = '', data = '' }: Fields): bigint =>
  to === TOKEN ? (paymentsIn(data) ?? []).reduce((sum, { amount }) => sum + amount, 0n) : 0n;

/** Does the law allow what is paid in tokens? */
export const isLawfulCall = (request: Fields): boolean => {
  const payments = paymentsIn(request.data ?? '');
  return (
    payments?.every(({ to }) => DESTINATIONS.includes(to)) === true &&
    unitsOf(request) <= TOKEN_CAP &&
    request.value === '0'
  );
};
