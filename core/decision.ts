import type { Code } from '#schemas/codes.ts';

/**
 * What a step decides, before anything happens. `act` carries what to commit. `ignore`: nothing is owed. `refuse`: a fact says why. `wait`:
 * nothing now; the open mark says when it is due again. All four acknowledge the message: only a fault throws.
 */
export type Decision<Act, Refusal = never> =
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'ignore'; readonly code: Code | ''; readonly reason: string }
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  | { readonly kind: 'wait'; readonly code: Code; readonly reason: string };

/** A decision to wait: nothing now, and why. */
export type Waiting = Extract<Decision<never>, { readonly kind: 'wait' }>;

export const act = <Act>(what: Act): Decision<Act> => ({ kind: 'act', act: what });
export const ignore = (reason: string, code: Code | '' = ''): Decision<never> => ({ kind: 'ignore', code, reason });
export const wait = (code: Code, reason: string): Decision<never> => ({ kind: 'wait', code, reason });
