import type { ListedEntry } from './rules.ts';

/** The nearest lower entries of a place: several where archiving left several. */
export const nearestLower = <T extends { readonly seq: bigint }>(seq: bigint, entries: readonly T[]): readonly T[] => {
  const lower = entries.filter((listed) => listed.seq < seq);
  const nearest = lower.reduce((best, listed) => (listed.seq > best ? listed.seq : best), -1n);
  return lower.filter((listed) => listed.seq === nearest);
};

/** sha256 of the nearest lower entry's raw bytes (of the sorted hashes, where archiving left several); 64 zeros first. Evidence only. */
export const previousOf = (
  seq: bigint,
  { entries }: { readonly entries: readonly Pick<ListedEntry, 'seq' | 'entry'>[] },
  hash: (text: string) => string,
): string => {
  const hashes = nearestLower(seq, entries)
    .map(({ entry }) => entry.rawHash)
    .sort();
  const [only, ...others] = hashes;
  if (only === undefined) return '0'.repeat(64);
  return others.length === 0 ? only : hash(hashes.join(''));
};
