import type { Profile } from './profiles.ts';
import { Random } from './random.ts';
import type { Actor } from './scheduler.ts';

export type CallFault = 'crash-before' | 'crash-after' | 'refuse' | 'lost' | 'late' | 'slow' | 'repeat' | 'hold';

/** What a shrunk history leaves out of the one that its seed gives. */
export interface Leaving {
  /** Faults by their number in order of occurrence. */
  readonly faults: ReadonlySet<number>;
  /** No fault from this number on. */
  readonly faultsFrom: number;
  /** Planned requests by index. */
  readonly requests: ReadonlySet<number>;
  /** Calls happen in the order in which they were made. */
  readonly calmOrder: boolean;
}

export const NOTHING_LEFT_OUT: Leaving = {
  faults: new Set(),
  faultsFrom: Number.POSITIVE_INFINITY,
  requests: new Set(),
  calmOrder: false,
};

/** Decides every fault of one history from its own stream, so that leaving one out does not change which ones are drawn before it. */
export class Faulter {
  readonly profile: Profile;
  readonly #random: Random;
  readonly #leaving: Leaving;
  happened = 0;
  stopped = false;

  constructor(profile: Profile, seed: string, leaving: Leaving) {
    this.profile = profile;
    this.#random = new Random(`${seed}/faults`);
    this.#leaving = leaving;
  }

  get calmOrder(): boolean {
    return this.#leaving.calmOrder;
  }

  stop(): void {
    this.stopped = true;
  }

  /** Whether a fault of this probability happens here. */
  happens(probability: number): boolean {
    if (this.stopped || probability === 0) return false;
    if (!this.#random.chance(probability)) return false;
    const number = this.happened++;
    return number < this.#leaving.faultsFrom && !this.#leaving.faults.has(number);
  }

  between(low: number, high: number): number {
    return this.#random.between(low, high);
  }

  pick<T>(list: readonly T[]): T {
    return this.#random.pick(list);
  }

  onCall(actor: Actor, label: string): CallFault | undefined {
    const { calls, crash, hold } = this.profile;
    // Whatever enters the register late is the most dangerous; a function's packets can be held back as well as a machine's.
    const entering = label.startsWith('create register');
    if ((entering || actor.kind === 'vm') && this.happens(entering ? hold * 6 : hold)) return 'hold';
    if (this.happens(crash)) return this.#random.pick(['crash-before', 'crash-after']);
    if (!this.happens(calls)) return undefined;
    return this.#random.pick(['refuse', 'lost', 'late', 'slow', 'slow', 'repeat']);
  }

  /** ms before a call may reach its service. */
  delay(_label: string): number {
    return this.happens(this.profile.delay) ? this.#random.between(100, 5_000) : 0;
  }

  /** ms: mostly seconds, sometimes long enough for tokens, deadlines and windows to pass. */
  lateness(): number {
    const most = this.#random.pick([2_000, 20_000, 120_000, this.profile.longest]);
    return this.#random.between(200, Math.max(200, most));
  }

  skew(): number {
    const { skew } = this.profile;
    return skew === 0 || this.stopped ? 0 : this.#random.between(-skew, skew);
  }
}
