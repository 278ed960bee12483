import { HOUR, MINUTE, WALLETS, ZONES } from './law.ts';
import type { PlannedRequest } from './plan.ts';
import type { Profile } from './profiles.ts';
import type { Random } from './random.ts';

/** ms since the start; `to`: for good where it is Infinity. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What goes wrong for hours, or for good: with the keys of a wallet, a co-signer, a zone, a chain. Drawn once for each history. */
export interface Troubles {
  /** Somebody sends at the nonce that is `ahead` above the chain's count. */
  readonly foreign:
    | { readonly at: number; readonly wallet: string; readonly chainId: string; readonly ahead: number }
    | undefined;
  /** `closed`: nobody can list the share location; otherwise the release key is disabled. */
  readonly keys: readonly (Span & { readonly coSigner: string; readonly closed: boolean })[];
  readonly zones: readonly (Span & { readonly zone: string })[];
  readonly down: (Span & { readonly chainId: string }) | undefined;
  /** Every machine dies that opens shares of this id. */
  readonly poison: string | undefined;
  /** Every machine dies that would store bytes of this id. */
  readonly stuck: string | undefined;
  /** No machine comes up. */
  readonly doomed: boolean;
}

const during = (random: Random, latest: number): Span => {
  const from = random.between(0, latest);
  return { from, to: random.chance(0.3) ? Number.POSITIVE_INFINITY : from + random.between(2 * MINUTE, 3 * HOUR) };
};

const zonesOut = (random: Random): Troubles['zones'] => {
  const both = random.chance(0.2);
  const one = random.pick(ZONES);
  return ZONES.filter((zone) => both || zone === one).map((zone) => ({
    zone,
    from: 0,
    to: both ? random.between(5 * MINUTE, HOUR) : random.between(30 * MINUTE, 4 * HOUR),
  }));
};

export const troublesOf = (random: Random, profile: Profile, requests: readonly PlannedRequest[]): Troubles => {
  const happens = (probability: number): boolean => probability > 0 && random.chance(probability);
  const [first] = requests;
  const wallet = first?.fields.wallet ?? '';
  const holders = WALLETS.find(({ name }) => name === wallet)?.holders ?? [];
  return {
    foreign: happens(profile.foreign)
      ? {
          at: random.between(1_000, 8 * MINUTE),
          wallet,
          chainId: first?.fields.chainId ?? '1',
          ahead: random.pick([0, 0, 0, 1]),
        }
      : undefined,
    keys: happens(profile.keys)
      ? [{ ...during(random, 4 * MINUTE), coSigner: random.pick(holders).coSigner, closed: random.chance(0.4) }]
      : [],
    zones: happens(profile.zones) ? zonesOut(random) : [],
    down: happens(profile.down)
      ? {
          from: random.between(0, 4 * MINUTE),
          to: random.between(10 * MINUTE, 2 * HOUR),
          chainId: random.pick(['1', '10']),
        }
      : undefined,
    poison: happens(profile.poison) ? random.pick(requests).id : undefined,
    stuck: happens(profile.stuck) ? first?.id : undefined,
    doomed: happens(profile.doomed),
  };
};
