import { idsAt } from '#core/register/plan.ts';
import { replacementProblem } from '#core/register/replacement.ts';
import { noncesOf } from '#core/register/rules.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Hold, Refused } from '../hold.ts';
import type { Candidate } from '../lane.ts';
import { areStored } from '../stored-bytes.ts';

/**
 * Replacements that no node would take, or that are the same transaction as another, are refused. What never came out is in no pool and
 * need not be outbid. Of several for one nonce the first goes on. The others are judged again once it is sealed.
 */
export const refuseUnderpriced: Hold = async (lane, candidates, { view }) => {
  const go: Candidate[] = [];
  const refuse: Refused[] = [];
  const nonces = new Set<string>();
  for (const candidate of candidates) {
    const { id, request } = candidate;
    if (isRequestId(request.replaces)) {
      // What it replaces may be sealed in this very batch: only beside that seal can it be judged.
      const isBeside = candidates.some((other) => other.id === request.replaces);
      if (noncesOf(request.replaces, view).size === 0 && isBeside) continue;
      if (nonces.has(request.nonce)) continue;
      const out = new Set<string>();
      for (const rival of idsAt(BigInt(request.nonce), view)) if (await areStored(lane, rival)) out.add(rival);
      const reason = replacementProblem(id, request, view, out);
      if (reason !== undefined) {
        refuse.push({ id, code: 'REPLACES_UNDERPRICED', reason });
        continue;
      }
      nonces.add(request.nonce);
    }
    go.push(candidate);
  }
  return { go, hold: [], refuse };
};
