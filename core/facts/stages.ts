/** When a request came to each point of its life: ms, as Cloud Storage dated the fact. A point that it never reached is undefined. */
export interface Milestones {
  readonly requested: number;
  readonly approved: number | undefined;
  readonly sealed: number | undefined;
  readonly sent: number | undefined;
  readonly final: number;
}

/** A closed set: metrics are told apart by it. */
const ENDS = {
  'requested-approved': ['requested', 'approved'],
  'approved-sealed': ['approved', 'sealed'],
  'sealed-sent': ['sealed', 'sent'],
  'sent-final': ['sent', 'final'],
  'requested-final': ['requested', 'final'],
} as const satisfies Record<string, readonly [keyof Milestones, keyof Milestones]>;
export type StageName = keyof typeof ENDS;
export const STAGES = Object.keys(ENDS) as readonly StageName[];

/** ms, both. */
export interface Stage {
  readonly name: StageName;
  readonly from: number;
  readonly to: number;
}

/**
 * How long each stage took, and all of it. A stage is there where both its ends are: a request that ended before its seal waited for
 * none. Servers date facts by clocks of their own, so an end that seems to come before its beginning counts as the same moment.
 */
export const stagesOf = (times: Milestones): readonly Stage[] =>
  STAGES.flatMap((name) => {
    const [first, last] = ENDS[name];
    const [from, to] = [times[first], times[last]];
    return from === undefined || to === undefined ? [] : [{ name, from, to: Math.max(from, to) }];
  });
