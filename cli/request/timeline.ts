import { bad, good, type Line } from '#cli/app/output.ts';
import { spanText } from '#cli/app/units.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import type { Chains, MinedReceipt } from '#core/ports.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Vote } from './votes.ts';

export interface Step {
  /** ms */
  readonly at: number;
  readonly what: string;
  readonly detail: string;
}

/** What happened to a request and when, by the times at which Cloud Storage created each object; the earliest first. */
export const stepsOf = (facts: RequestFacts, votes: readonly Vote[]): readonly Step[] => {
  const { request, approved, submitted, outcome } = facts;
  const steps: Step[] = [];
  const add = (object: { timeCreated: number } | undefined, what: string, detail: string) => {
    if (object !== undefined) steps.push({ at: object.timeCreated, what, detail });
  };
  add(request?.object, 'accepted', `asked by ${request?.fact.request.requester}`);
  for (const { coSigner, answer, at } of votes)
    if (at !== undefined)
      steps.push({ at, what: answer === 'approved' ? 'share uploaded' : answer, detail: `by ${coSigner}` });
  add(approved?.object, 'approved', `by ${approved?.fact.coSigners.join(', ')}; a turn is due`);
  add(
    submitted?.object,
    'submitted',
    `nonce ${submitted?.fact.nonce}, shares of ${submitted?.fact.approvedBy.join(', ')}`,
  );
  add(outcome?.object, outcome?.fact.outcome ?? '', outcome?.fact.reason ?? '');
  return steps.sort((a, b) => a.at - b.at);
};

/** One line a step, with the time since the first. */
export const stepLines = (steps: readonly Step[]): readonly Line[] => {
  const start = steps[0]?.at ?? 0;
  const since = steps.map(({ at }) => (at === start ? '' : `+${spanText(at - start)}`));
  const width = Math.max(0, ...since.map((text) => text.length));
  return steps.map(({ at, what, detail }, i) => [
    `${timeText(at)}  ${(since[i] ?? '').padEnd(width)}  `,
    what === 'finalized'
      ? good(what)
      : ['rejected', 'expired', 'reverted', 'failed', 'refused'].includes(what)
        ? bad(what)
        : what,
    detail === '' ? '' : `  ${detail}`,
  ]);
};

export type Mining =
  | { readonly kind: 'unsent' }
  | { readonly kind: 'unknown'; readonly code: string }
  | { readonly kind: 'waiting'; readonly hashes: readonly string[] }
  /** Its outcome says that another transaction took its nonce. */
  | { readonly kind: 'displaced'; readonly hashes: readonly string[] }
  | { readonly kind: 'mined'; readonly receipt: MinedReceipt; readonly confirmations: bigint };

/** Where the transaction is, as the RPC tells it now: a courtesy, it decides nothing. */
export const miningOf = async (facts: RequestFacts, chains: () => Promise<Chains>): Promise<Mining> => {
  const submitted = facts.submitted?.fact;
  if (submitted === undefined) return { kind: 'unsent' };
  try {
    const chain = (await chains()).of(submitted.chainId);
    for (const hash of submitted.transactionHashes) {
      const receipt = await chain.receipt(hash);
      if (receipt === undefined) continue;
      const head = await chain.block('latest');
      const confirmations = head === undefined ? 1n : head.number - receipt.blockNumber + 1n;
      return { kind: 'mined', receipt, confirmations };
    }
    const outcome = facts.outcome?.fact.outcome;
    const kind = outcome === 'replaced' || outcome === 'superseded' ? 'displaced' : 'waiting';
    return { kind, hashes: submitted.transactionHashes };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { kind: 'unknown', code: error.code };
  }
};

export const miningLines = (mining: Mining): readonly Line[] => {
  switch (mining.kind) {
    case 'unsent':
      return [];
    case 'unknown':
      return [`the chain did not answer (${mining.code})`];
    case 'waiting':
      return [`not mined yet; one of`, ...mining.hashes];
    case 'displaced':
      return [`never mined: another transaction took its nonce. It was signed as`, ...mining.hashes];
    case 'mined': {
      const { receipt, confirmations } = mining;
      const many = confirmations === 1n ? '1 confirmation' : `${confirmations} confirmations`;
      return [
        receipt.transactionHash,
        [`block ${receipt.blockNumber}, ${many}`, receipt.success ? '' : bad(', REVERTED')],
      ];
    }
    default:
      return mining satisfies never;
  }
};
