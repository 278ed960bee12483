import type { Invariant } from './invariants.ts';
import type { Job } from './jobs.ts';
import type { Result } from './search.ts';

const count = (n: number): string => n.toLocaleString('en');
const sorted = ({ broken }: Result): readonly Invariant[] => [...broken.keys()].sort();

/** What is not as expected, in words. A search that was cut short by who asked for it proves no mutant harmless. */
export const surpriseIn = ({ expected, maxStates }: Job, result: Result): string | undefined => {
  const found = sorted(result);
  if (expected.kind === 'holds') return found.length === 0 ? undefined : `breaks ${found.join(' ')}`;
  if (expected.kind === 'shows' || (!result.complete && result.states < maxStates)) return undefined;
  if (found.length === 0) return result.complete ? 'breaks nothing' : 'breaks nothing as far as searched';
  const missing = expected.invariants.filter((invariant) => !found.includes(invariant));
  return missing.length === 0 ? undefined : `does not break ${missing.join(' ')}`;
};

/** One job and what came of it, with a shortest trace for each invariant that is broken. */
export const report = ({ name }: Job, result: Result): string => {
  const { archive, spite, jammed } = result.tampered;
  const found = sorted(result);
  const verdict = found.length > 0 ? `BROKEN ${found.join(' ')}` : 'holds';
  const lines = [
    `${name}: ${verdict}${result.complete ? '' : ' (as far as searched)'}`,
    `    ${count(result.states)} states, ${count(result.steps)} steps, depth ${result.depth}; ${count(result.buckets)} buckets run to rest (TAMPERED: ${archive} after archiving, ${spite} by a close of a sealed id, ${jammed} with a nonce that no replacement can fill)`,
    `    reached: ${result.reached}`,
  ];
  for (const invariant of found) {
    const example = result.broken.get(invariant);
    lines.push(`    ${invariant}: ${example?.how ?? ''}`);
    lines.push(...(example?.trace ?? []).map((line, n) => `      ${n + 1}. ${line}`));
  }
  return lines.join('\n');
};
