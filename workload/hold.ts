import type { Stop } from '#core/facts/stops.ts';
import type { WaitCode } from '#core/facts/wait.ts';
import type { LogFields } from '#core/ports.ts';
import type { RegisterView } from '#core/register/rules.ts';
import type { Code } from '#schemas/codes.ts';
import type { WaitNumbers } from '#schemas/wait-about.ts';
import type { Candidate, Lane } from './lane.ts';
import { noteWaits } from './waits.ts';

/** A request that is not sealed in this pass, and may be later. */
export interface Held {
  readonly id: string;
  readonly code: WaitCode;
  /** Of a wait for a nonce: the one that must move. */
  readonly nextNonce?: bigint;
  /** What people are told the wait with. */
  readonly numbers?: WaitNumbers;
  /** `delay`: a try failed. `postpone`: there is no room, and the request is not at fault. `no`: the next pass asks again. */
  readonly rest: 'delay' | 'postpone' | 'no';
  readonly fields?: LogFields;
}

/** A request that shall never be sealed. */
export interface Refused {
  readonly id: string;
  readonly code: Code;
  readonly reason: string;
}

/** What a hold makes of candidates: each is in one of the three, in the order given. A hold that learns nothing lets no request go on. */
export interface Sifted {
  readonly go: readonly Candidate[];
  readonly hold: readonly Held[];
  readonly refuse: readonly Refused[];
}

/** What one pass works on: the register as it was read, and all that the lane has in hand, delayed ones too. */
export interface Pass {
  readonly view: RegisterView;
  readonly inHand: readonly Candidate[];
  /** Those that stand on this chain, listed for this pass. */
  readonly stops: Promise<readonly Stop[]>;
}

export type Hold = (lane: Lane, candidates: readonly Candidate[], pass: Pass) => Promise<Sifted> | Sifted;

/** Nothing to hold up. */
export const all = (go: readonly Candidate[]): Sifted => ({ go, hold: [], refuse: [] });

/** Each candidate by itself: undefined lets it go. Later ones may depend on earlier ones, so it is asked in their order. */
export const each = (
  candidates: readonly Candidate[],
  judge: (candidate: Candidate) => Omit<Held, 'id'> | undefined,
): Sifted => {
  const go: Candidate[] = [];
  const hold: Held[] = [];
  for (const candidate of candidates) {
    const held = judge(candidate);
    if (held === undefined) go.push(candidate);
    else hold.push({ id: candidate.id, ...held });
  }
  return { go, hold, refuse: [] };
};

/** Asks one hold after the other, each about those that the ones before let go. Tells of what is held, notes it, and lets it rest. */
export const sift = async (
  lane: Lane,
  holds: readonly Hold[],
  candidates: readonly Candidate[],
  pass: Pass,
): Promise<Pick<Sifted, 'go' | 'refuse'>> => {
  let go = candidates;
  const refuse: Refused[] = [];
  for (const ask of holds) {
    if (go.length === 0) break;
    const sifted = await ask(lane, go, pass);
    for (const { id, code, rest, fields } of sifted.hold) {
      // What waits for a nonce of its own wallet is nobody's business; money, room, time and a stop are.
      lane.context.log[rest === 'delay' ? 'info' : 'warn']('turn.wait', { id, code, ...fields });
      if (rest !== 'no') lane.backoff[rest](id);
    }
    await noteWaits(lane, sifted.hold);
    refuse.push(...sifted.refuse);
    go = sifted.go;
  }
  return { go, refuse };
};
