import { z } from 'zod';
import { SMALL, WALLETS } from './law.ts';
import type { Item } from './reference.ts';

/** Broken promise: `invariant` is the number in SECURITY.md, "Invariants", and what of it. */
export class Violation extends Error {
  readonly invariant: string;
  constructor(invariant: string, text: string) {
    super(`${invariant}: ${text}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

export interface Kept {
  readonly bucket: string;
  readonly name: string;
  readonly generation: number;
  readonly created: number;
  readonly bytes: Buffer;
  readonly step: number;
  readonly by: string;
}

export interface SealedItem {
  readonly item: Item;
  readonly address: string;
  readonly chainId: string;
  /** The entries that hold it, oldest first: archiving makes room for another. */
  readonly objects: readonly Kept[];
}

export interface Announced {
  readonly topic: string;
  readonly ceId: string;
  readonly type: string;
  readonly data: string;
  /** The replay that said it once more. */
  readonly replayed: string | undefined;
}

export const storageInsert = z.looseObject({
  kind: z.literal('insert'),
  object: z.looseObject({
    bucket: z.string(),
    name: z.string(),
    generation: z.number(),
    created: z.number(),
    metadata: z.record(z.string(), z.string()),
  }),
  bytes: z.string(),
  replaced: z.looseObject({ generation: z.number() }).nullable(),
});
export const published = z.looseObject({
  op: z.literal('publish'),
  topic: z.string(),
  messages: z.array(z.looseObject({ data: z.string(), attributes: z.record(z.string(), z.string()) })),
});

export const needed = ({ request }: Item): number => {
  const threshold = WALLETS.find(({ name }) => name === request.wallet)?.threshold ?? 99;
  return BigInt(request.value ?? '0') > SMALL ? Math.max(3, threshold) : threshold;
};

export const referenceOf = ({ request }: Item): string =>
  [request.chainId, request.wallet, request.requester, request.reference].join(',');
