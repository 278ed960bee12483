/** How long a critical approval is held, in ms: long enough that no slip of a finger approves. */
export const HOLD_MS = 1500;

/**
 * A button that must be held. Its clock is the browser's, in ms. `done`: held long enough, once. `refused`: pressed by something that cannot hold,
 * such as a screen reader or a switch, and told of the other way.
 */
export type Hold =
  | { readonly kind: 'idle' }
  | { readonly kind: 'held'; readonly since: number; readonly by: 'pointer' | 'key' }
  | { readonly kind: 'done' }
  | { readonly kind: 'early' }
  | { readonly kind: 'refused' };

export type HoldEvent =
  | { readonly kind: 'down'; readonly by: 'pointer' | 'key'; readonly at: number }
  | { readonly kind: 'up'; readonly at: number }
  /** The pointer left, the focus went, or another window came to the front. */
  | { readonly kind: 'cancel' }
  | { readonly kind: 'tick'; readonly at: number }
  /** A click that no press of a pointer or key came before. */
  | { readonly kind: 'click' };

export const IDLE: Hold = { kind: 'idle' };

/** A key that repeats goes on with what was begun, and a second finger begins nothing. */
export const afterHold = (hold: Hold, event: HoldEvent): Hold => {
  switch (event.kind) {
    case 'down':
      return hold.kind === 'held' || hold.kind === 'done' ? hold : { kind: 'held', since: event.at, by: event.by };
    case 'up':
      if (hold.kind !== 'held') return hold;
      return event.at - hold.since >= HOLD_MS ? { kind: 'done' } : { kind: 'early' };
    case 'cancel':
      return hold.kind === 'held' ? IDLE : hold;
    case 'tick':
      return hold.kind === 'held' && event.at - hold.since >= HOLD_MS ? { kind: 'done' } : hold;
    case 'click':
      return hold.kind === 'held' || hold.kind === 'done' || hold.kind === 'early' ? hold : { kind: 'refused' };
    default:
      return event satisfies never;
  }
};
