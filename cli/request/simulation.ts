import type { NodeRun, Run, Untold } from '#adapters/chain/simulate.ts';
import { callTree } from '#core/calls/call-tree.ts';
import { type DeviationCode, deviationsOf } from '#core/settled/deviations.ts';
import { type Effect, effectOf } from '#core/settled/effect.ts';
import type { Movement } from '#core/settled/transfers.ts';
import { assetsOf } from '#core/transaction/assets.ts';
import { revertReason } from '#core/transaction/revert.ts';
import { type Law, tokensOn } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** Where what would happen is not what the request says. `ALLOWS_MORE`: others could take more later than the call gives them. */
export interface Difference {
  readonly code: DeviationCode | 'ALLOWS_MORE';
  readonly asset: Pick<Movement, 'standard' | 'address' | 'tokenId'>;
  /** Base units. */
  readonly expected: bigint;
  readonly actual: bigint;
}

/** What one or more urls say alike. `places` count the urls of the chain from 1. Gas: the least and the most that any of them says. */
export interface Outcome {
  readonly places: readonly number[];
  readonly effect: Effect;
  readonly gas: { readonly least: bigint; readonly most: bigint };
  /** False: some of them say that the wallet holds too little now, and reckoned as if it held what the request costs. */
  readonly funded: boolean;
  readonly differences: readonly Difference[];
}

export interface Silence {
  readonly place: number;
  readonly why: Untold;
}

/**
 * What the nodes of the law say that a request would do. It is advice: a node can lie, and the chain moves on. `over`: it is signed or decided, so
 * what it would do now says nothing. `no-urls`: whoever asks may not read them, or none is there.
 */
export type Simulation =
  | ({ readonly kind: 'told'; readonly silent: readonly Silence[] } & Outcome)
  | { readonly kind: 'disagreed'; readonly outcomes: readonly Outcome[]; readonly silent: readonly Silence[] }
  | { readonly kind: 'none'; readonly because: 'nodes' | 'over' | 'no-urls'; readonly silent: readonly Silence[] };

/** A request, and from where it would be sent. */
export interface Simulated {
  readonly request: TransactionRequest;
  readonly wallet: { readonly address: string };
  readonly law: Law;
}

const allowsMore = ({ allowances }: Effect, { request, law }: Simulated): readonly Difference[] => {
  const { units } = callTree(request, tokensOn(law, request.chainId).tokens);
  return allowances.flatMap(({ standard, address, tokenId, amount }): readonly Difference[] => {
    const { leaves = 0n, allows = 0n } = units.get(address) ?? {};
    const most = leaves + allows;
    return amount > most
      ? [{ code: 'ALLOWS_MORE', asset: { standard, address, tokenId }, expected: most, actual: amount }]
      : [];
  });
};

/** By the very rules by which a receipt is compared with what was approved. */
const differencesIn = (effect: Effect, asked: Simulated): readonly Difference[] => {
  if (!effect.success) return [];
  const { request, wallet, law } = asked;
  const chain = tokensOn(law, request.chainId);
  const tree = callTree(request, chain.tokens);
  const sealed = assetsOf(request, chain);
  return [
    ...deviationsOf(effect, { wallet: wallet.address, tree, ...sealed }),
    ...(sealed.tokensJudged === 'yes' ? allowsMore(effect, asked) : []),
  ];
};

/** The same for the same effect. Gas and the wallet's balance are told apart: nodes may stand at different blocks. */
const keyOf = (effect: Effect): string =>
  JSON.stringify(effect, (_, value) => (typeof value === 'bigint' ? value.toString() : value));

type Ran = { readonly place: number; readonly run: Run };

/** `to` of a creation. The contract has no address before its nonce is known. */
const NOBODY = `0x${'0'.repeat(40)}`;

const outcomeOf = (same: readonly (Ran & { readonly effect: Effect })[], asked: Simulated): readonly Outcome[] => {
  const [first] = same;
  if (first === undefined) return [];
  const gas = same.map(({ run }) => run.gasUsed).toSorted((a, b) => (a < b ? -1 : 1));
  return [
    {
      places: same.map(({ place }) => place),
      effect: first.effect,
      gas: { least: gas[0] ?? 0n, most: gas.at(-1) ?? 0n },
      funded: same.every(({ run }) => run.funded),
      differences: differencesIn(first.effect, asked),
    },
  ];
};

/** Pure: what the urls said, as one value. Where they say different things, each stands for itself. */
export const simulationOf = (runs: readonly NodeRun[], asked: Simulated): Simulation => {
  const { request, wallet } = asked;
  const own = { from: wallet.address, to: request.to === '' ? NOBODY : request.to, wei: BigInt(request.value) };
  const silent = runs.flatMap((one) => (one.kind === 'untold' ? [{ place: one.place, why: one.why }] : []));
  const ran = runs.flatMap((one) => (one.kind === 'ran' ? [{ ...one, effect: effectOf(one.run, own) }] : []));
  const outcomes = [...Map.groupBy(ran, ({ effect }) => keyOf(effect)).values()].flatMap((same) =>
    outcomeOf(same, asked),
  );
  const [only, ...others] = outcomes;
  if (only === undefined) return { kind: 'none', because: 'nodes', silent };
  return others.length === 0 ? { kind: 'told', ...only, silent } : { kind: 'disagreed', outcomes, silent };
};

const assetJson = ({ standard, address, tokenId }: Difference['asset']) => ({ standard, address, tokenId });

const outcomeJson = ({ places, effect, gas, funded, differences }: Outcome) => ({
  places,
  success: effect.success,
  reason: effect.success ? '' : revertReason(effect.revertData),
  funded,
  gasUsed: { least: gas.least.toString(), most: gas.most.toString() },
  etherTraced: effect.etherTraced,
  complete: !effect.unread,
  moves: effect.movements.map(({ from, to, amount, ...asset }) => ({
    ...assetJson(asset),
    ...{ from, to, amount: amount.toString() },
  })),
  allows: effect.allowances.map(({ spender, amount, ...asset }) => ({
    ...assetJson(asset),
    ...{ spender, amount: amount.toString() },
  })),
  differences: differences.map(({ code, asset, expected, actual }) => ({
    ...{ code, ...assetJson(asset) },
    ...{ expected: expected.toString(), actual: actual.toString() },
  })),
});

/** As --json gives it (docs/json.md). */
export const simulationJson = (simulation: Simulation) => {
  const { kind, silent } = simulation;
  switch (kind) {
    case 'told':
      return { kind, because: '', outcomes: [outcomeJson(simulation)], silent };
    case 'disagreed':
      return { kind, because: '', outcomes: simulation.outcomes.map(outcomeJson), silent };
    case 'none':
      return { kind, because: simulation.because, outcomes: [], silent };
    default:
      return kind satisfies never;
  }
};
