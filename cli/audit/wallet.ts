import { isKeyturnError } from '#schemas/codes.ts';
import { brokenLinks, bySeq, evidenceNonceOf, isSeal, type Kept, type KeptSeal, walkNonces } from './log.ts';
import { type Root, tokenClaims } from './token.ts';

/** What is wrong in one log, each in words. All empty: nothing. */
export interface LogAudit {
  readonly seals: number;
  readonly missing: readonly string[];
  readonly conflicting: readonly string[];
  readonly junk: readonly string[];
  readonly unevidenced: readonly string[];
}

const evidenceProblem = (seal: KeptSeal, root: Root): string | undefined => {
  try {
    const { eat_nonce: nonce, aud } = tokenClaims(seal.entry.evidence, root);
    if (nonce !== evidenceNonceOf(seal)) return 'its evidence is of another seal';
    return aud === 'keyturn/v1/seal' ? undefined : 'its evidence was made for something else';
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return error.message;
  }
};

/** Two that could both be mined, or one that was closed and sealed all the same. */
const rivals = (seals: readonly KeptSeal[], entries: readonly Kept[]): readonly string[] => {
  const items = seals.flatMap(({ entry }) => entry.items);
  const closed = new Set(
    entries.flatMap(({ entry }) => (entry?.kind === 'close' ? entry.items.map(({ id }) => id) : [])),
  );
  const byReference = Map.groupBy(items, ({ request }) => [request.requester, request.reference].join(','));
  const doubled = [...byReference.values()].flatMap((same) => {
    const nonces = new Set(same.map(({ nonce }) => nonce));
    const [first] = same;
    return first === undefined || nonces.size < 2
      ? []
      : [`reference ${first.request.reference} is sealed at nonces ${[...nonces].join(' and ')}`];
  });
  const both = new Set(items.map(({ id }) => id).filter((id) => closed.has(id)));
  return [...doubled, ...[...both].map((id) => `request ${id} is sealed and closed`)];
};

/** Judges a whole log: every generation of every name. Pure. */
export const auditLog = (entries: readonly Kept[], startNonce: bigint, root: Root): LogAudit => {
  const seals = entries.filter(isSeal).toSorted(bySeq);
  const { missing, conflicting } = walkNonces(seals, startNonce);
  return {
    seals: seals.length,
    missing: [...missing.map((hole) => `not sealed: ${hole}`), ...brokenLinks(entries)],
    conflicting: [...conflicting, ...rivals(seals, entries)],
    junk: entries
      .filter(({ entry }) => entry === undefined)
      .map(({ name, generation }) => `${name} generation ${generation} is no entry`),
    unevidenced: seals.flatMap((seal) => {
      const problem = evidenceProblem(seal, root);
      return problem === undefined ? [] : [`${seal.name}: ${problem}`];
    }),
  };
};

export const isClean = ({ missing, conflicting, junk, unevidenced }: LogAudit): boolean =>
  missing.length + conflicting.length + junk.length + unevidenced.length === 0;
