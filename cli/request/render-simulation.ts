import { bad, type Line, warn } from '#cli/app/output.ts';
import { decimalText, inEther } from '#cli/app/units.ts';
import { isEndless } from '#core/calls/moves.ts';
import type { Allowance } from '#core/settled/allowances.ts';
import type { Movement } from '#core/settled/transfers.ts';
import { revertReason } from '#core/transaction/revert.ts';
import { tokensOn } from '#schemas/config.ts';
import type { Token } from '#schemas/tokens.ts';
import type { Difference, Outcome, Silence, Simulated, Simulation } from './simulation.ts';

/** Lines of what moves that are shown; all of it stands in --json. */
const SHOWN = 12;

export interface SimulationReader {
  readonly tokens: readonly Token[];
  /** EIP-55. */
  readonly wallet: string;
  readonly gasLimit: string;
}

/** For whom the nodes' words are put. */
export const simulationReader = ({ request, wallet, law }: Simulated): SimulationReader => ({
  tokens: tokensOn(law, request.chainId).tokens,
  wallet: wallet.address,
  gasLimit: request.gasLimit,
});

type Asset = Pick<Movement, 'standard' | 'address' | 'tokenId'>;

const amountText = (amount: bigint, { standard, address, tokenId }: Asset, tokens: readonly Token[]): string => {
  if (standard === 'native') return inEther(amount);
  const token = tokens.find((each) => each.address === address);
  const name = token?.symbol ?? address;
  if (tokenId !== '')
    return standard === 'erc721' ? `piece ${tokenId} of ${name}` : `${amount} of piece ${tokenId} of ${name}`;
  if (isEndless(amount)) return standard === 'erc721' ? `EVERY PIECE of ${name}` : `ANY AMOUNT of ${name}`;
  if (standard === 'erc721') return `${amount} ${amount === 1n ? 'piece' : 'pieces'} of ${name}`;
  if (token === undefined) return `${amount} smallest units of ${name}`;
  return token.standard === 'erc20' ? `${decimalText(amount, token.decimals)} ${name}` : `${amount} of ${name}`;
};

const moveLine = (moved: Movement, { tokens, wallet }: SimulationReader): Line => {
  const amount = amountText(moved.amount, moved, tokens);
  if (moved.from === wallet && moved.to === wallet) return `stays: ${amount}, from the wallet to itself`;
  if (moved.from === wallet) return `leaves: ${amount} to ${moved.to}`;
  if (moved.to === wallet) return `comes: ${amount} from ${moved.from}`;
  return `moves: ${amount} from ${moved.from} to ${moved.to}`;
};

const amountName = ({ address, tokenId }: Allowance, tokens: readonly Token[]): string => {
  const name = tokens.find((token) => token.address === address)?.symbol ?? address;
  return tokenId === '' ? name : `piece ${tokenId} of ${name}`;
};

const allowLine = (one: Allowance, { tokens }: SimulationReader): Line =>
  one.amount === 0n
    ? `takes back: what ${one.spender} could take of ${amountName(one, tokens)}`
    : warn(`allows: ${one.spender} could take ${amountText(one.amount, one, tokens)} later`);

const cut = (lines: readonly Line[]): readonly Line[] =>
  lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), warn(`and ${lines.length - SHOWN} more: --json has all`)];

/** The wallet's own first: a flood of moves between others must not hide them. */
const moveLines = ({ effect }: Outcome, reader: SimulationReader): readonly Line[] => {
  const { wallet } = reader;
  const isOwn = ({ from, to }: Movement): boolean => from === wallet || to === wallet;
  const own = effect.movements.filter(isOwn);
  const others = effect.movements.filter((moved) => !isOwn(moved));
  const lines = [own, others].flatMap((some) => cut(some.map((moved) => moveLine(moved, reader))));
  return lines.length === 0 ? ['nothing would move but the fee'] : lines;
};

/** What a difference says, for a reader who has seen the request. */
export const differenceText = ({ code, asset, expected, actual }: Difference, tokens: readonly Token[]): string => {
  const [said, found] = [amountText(expected, asset, tokens), amountText(actual, asset, tokens)];
  switch (code) {
    case 'NOT_MOVED':
      return `${said} would not move, though the call asks for it`;
    case 'OTHER_AMOUNT':
      return `the payee would get ${found}, and the call says ${said}`;
    case 'MORE_LEFT':
      return `${found} would leave, and the call can move ${said} at most`;
    case 'ALLOWS_MORE':
      return `others could take ${found} later, and the call allows ${said} at most`;
    default:
      return code satisfies never;
  }
};

const outcomeLines = (outcome: Outcome, reader: SimulationReader): readonly Line[] => {
  const { effect, gas, funded, differences } = outcome;
  const used = gas.least === gas.most ? `${gas.most}` : `${gas.least} to ${gas.most}`;
  const what: readonly Line[] = effect.success
    ? [
        ...moveLines(outcome, reader),
        ...cut(effect.allowances.map((one) => allowLine(one, reader))),
        ...(effect.unread ? [warn('some log has the name of a transfer and not its form: there may be more')] : []),
        ...(effect.etherTraced ? [] : [warn('ether that contracts send on was not told')]),
      ]
    : [bad(`IT WOULD FAIL, ${revertReason(effect.revertData)}; its fee is paid all the same`)];
  return [
    ...what,
    ...differences.map((one) => bad(`NOT AS THE REQUEST SAYS: ${differenceText(one, reader.tokens)}`)),
    `gas used: ${used} of at most ${reader.gasLimit}`,
    ...(funded ? [] : [warn('the wallet holds too little now: told as if it held what this costs')]),
  ];
};

const WHY: Readonly<Record<Silence['why'], string>> = {
  'no-method': 'does not offer eth_simulateV1',
  refused: 'refused to simulate it',
  late: 'did not answer in time',
  unreachable: 'could not be reached',
  unreadable: 'answered in another form',
  'another-chain': 'is of another chain',
};

const silentText = (silent: readonly Silence[]): string =>
  silent.map(({ place, why }) => `url ${place} ${WHY[why]}`).join('; ');

const saysLine = (places: readonly number[]): Line =>
  places.length === 1 ? `url ${places[0]} says:` : `urls ${places.join(' and ')} say:`;

/** Who says it. One node alone can lie unseen. */
const whoLine = (places: readonly number[], silent: readonly Silence[]): Line => {
  const rest = silent.length === 0 ? '' : `; ${silentText(silent)}`;
  return places.length > 1
    ? `as ${places.length} nodes say of the newest block${rest}`
    : warn(`as one node says of the newest block, and no other${rest}`);
};

const NOTHING = 'NOTHING WAS SIMULATED';

/** What would happen, line by line, the nodes' doubts among it. All of it is a node's word. */
export const simulationLines = (simulation: Simulation, reader: SimulationReader): readonly Line[] => {
  switch (simulation.kind) {
    case 'told':
      return [...outcomeLines(simulation, reader), whoLine(simulation.places, simulation.silent)];
    case 'disagreed':
      return [
        bad('THE NODES DISAGREE on what it would do'),
        ...simulation.outcomes.flatMap((outcome): readonly Line[] => [
          saysLine(outcome.places),
          ...outcomeLines(outcome, reader).map((line): Line => ['  ', line].flat()),
        ]),
        ...(simulation.silent.length === 0 ? [] : [warn(silentText(simulation.silent))]),
      ];
    case 'none':
      switch (simulation.because) {
        case 'over':
          return [`${NOTHING.toLowerCase()}: it is signed or over`];
        case 'no-urls':
          return [warn(`${NOTHING}: the urls of the nodes are not to be had here`)];
        case 'nodes':
          return [warn(`${NOTHING}: ${silentText(simulation.silent) || 'no url is configured'}`)];
        default:
          return simulation.because satisfies never;
      }
    default:
      return simulation satisfies never;
  }
};

/** What a reader should not miss, for the warnings. */
export const simulationWarnings = (simulation: Simulation, { tokens }: SimulationReader): readonly string[] => {
  switch (simulation.kind) {
    case 'told': {
      const { effect, differences } = simulation;
      return [
        ...(effect.success ? [] : [`a simulation fails, ${revertReason(effect.revertData)}`]),
        ...differences.map((one) => `a simulation says otherwise than the request: ${differenceText(one, tokens)}`),
      ];
    }
    case 'disagreed':
      return ['the nodes disagree on what it would do: one of them lies, or stands at another block'];
    case 'none':
      return [];
    default:
      return simulation satisfies never;
  }
};
