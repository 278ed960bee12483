import { median, type Spread, spreadOf } from './statistics.ts';
import type { Limit, Target } from './targets.ts';

/** What a part measured under one name. */
export interface Measured {
  readonly name: string;
  readonly unit: Unit;
  /** One or more of the same thing; empty where it could not be measured. */
  readonly samples: readonly number[];
  /** Why there are no samples. */
  readonly skipped?: string;
  /** What the unavoidable costs in the same run (floor.ts, an empty process, a bare signature). */
  readonly floor?: number;
  readonly peer?: Peer;
  /** The value by the floor, where it is the median of pairs and not the quotient of medians. */
  readonly ratio?: number;
}

export type Unit = 'ms' | 's' | '1/s' | 'MB' | '×' | 'calls' | 'requests';

/** Somebody else who did the same: another client, or keyturn as it was (`BASELINE`). */
export interface Peer {
  readonly name: string;
  readonly value: number;
}

/** The build that everything is compared with, from before the work on speed. */
export const BASELINE = 'ac228dc';

/** One line of the table. `ok` is null where there is no target, or nothing to hold against it. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: Unit;
  readonly floor: number | null;
  readonly peer: number | null;
  readonly ratio: number | null;
  readonly target: string;
  readonly ok: boolean | null;
}

export interface Judged {
  readonly figure: Figure;
  readonly spread: Spread | null;
  readonly peerName: string;
  readonly skipped: string;
}

const isMet = (limit: Limit, value: number, ratio: number | undefined): boolean | null => {
  const held = limit.by === 'value' ? value : ratio;
  if (held === undefined) return null;
  return 'most' in limit ? held <= limit.most : held >= limit.least;
};

/** The value by what its target compares it with; without a target by floor, baseline or peer, whichever is there. */
const ratioOf = ({ floor, peer, ratio }: Measured, value: number, limit: Limit | undefined): number | undefined => {
  const byFloor = ratio ?? (floor === undefined || floor === 0 ? undefined : value / floor);
  const byPeer = peer === undefined || peer.value === 0 ? undefined : value / peer.value;
  if (limit?.by === 'floor') return byFloor;
  if (limit?.by === 'baseline') return peer?.name === BASELINE ? byPeer : undefined;
  return byFloor ?? byPeer;
};

/** Holds what was measured against its target. Nothing measured is not a missed target: `ok` is null then. */
export const judge = (measured: Measured, target: Target | undefined): Judged => {
  const { name, unit, samples, floor, peer, skipped = '' } = measured;
  const value = samples.length === 0 ? undefined : median(samples);
  const ratio = value === undefined ? undefined : ratioOf(measured, value, target?.limit);
  return {
    figure: {
      name,
      value: value ?? null,
      unit,
      floor: floor ?? null,
      peer: peer?.value ?? null,
      ratio: ratio ?? null,
      target: target === undefined ? '' : textOf(target.limit),
      ok: target === undefined || value === undefined ? null : isMet(target.limit, value, ratio),
    },
    spread: samples.length > 1 ? spreadOf(samples) : null,
    peerName: peer?.name ?? '',
    skipped,
  };
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A limit as the table shows it. */
export const textOf = (limit: Limit): string => {
  if (limit.by === 'value') return 'most' in limit ? `≤ ${limit.most}` : `≥ ${limit.least}`;
  const of = limit.by === 'floor' ? 'floor' : BASELINE;
  if ('most' in limit) return `≤ ${limit.most} × ${of}`;
  return limit.least < 1 ? `≥ ${percent(limit.least)} of ${of}` : `≥ ${limit.least} × ${of}`;
};
