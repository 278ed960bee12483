import type { JudgedCall } from '#core/policy-call.ts';
import { longestDelay } from '#core/policy-delay.ts';
import type { Explanation } from '#core/policy-explain.ts';
import type { RuleFinding, WeighedCall } from '#core/policy-rules.ts';
import type { Denial } from '#core/verdict.ts';
import { leftIn, type WindowRooms } from './room.ts';

/** The function of a call, as far as it is known; null where it has none. */
export const functionOf = ({ node: { content } }: JudgedCall): string | null =>
  content.kind === 'known' ? content.function.signature : null;

const ruleJson = (finding: RuleFinding) => ({
  rule: finding.rule.name,
  effect: finding.rule.effect,
  says: finding.kind,
  approvals: finding.rule.approvals ?? null,
  exceeded:
    finding.kind === 'exceeded'
      ? finding.misses.map(({ limit, field, reason, given, most, token }) => ({
          limit,
          field,
          reason,
          given: given?.toString() ?? null,
          most: most?.toString() ?? null,
          token: token ?? null,
        }))
      : [],
});

const callJson = ({ call, findings, verdict }: WeighedCall) => ({
  place: call.node.place,
  to: call.node.to,
  value: call.node.value.toString(),
  moves: call.node.moves.toString(),
  function: functionOf(call),
  allowedBy: 'kind' in verdict ? null : verdict.name,
  denied: 'kind' in verdict ? verdict : null,
  rules: findings.map(ruleJson),
});

const part = (denial: Denial | undefined): Denial | null => denial ?? null;

const delayJson = ({ delays, mayVeto }: Explanation) => {
  const longest = longestDelay(delays);
  return longest === undefined ? null : { seconds: longest.seconds, askedBy: longest.name, mayVeto };
};

/** What `policy explain --json` prints of it (docs/formats.md). Amounts are decimal strings. */
export const explanationJson = (explanation: Explanation, known: WindowRooms) => ({
  ...partsJson(explanation, known),
  delay: delayJson(explanation),
  delays: explanation.delays.map(({ delay, token, amount, above, says }) => ({
    delay: delay.name,
    seconds: delay.seconds,
    token: token?.symbol ?? delay.token ?? null,
    amount: amount.toString(),
    above: above.toString(),
    says,
  })),
});

const partsJson = ({ verdict, requester, calls, windows, nonce }: Explanation, known: WindowRooms) => ({
  verdict,
  requester: part(requester),
  nonce: part(nonce),
  calls: calls.map(callJson),
  windows: windows.map(({ window, token, amount, most }) => {
    const room = known.kind === 'known' ? known.rooms.get(window.name) : undefined;
    return {
      window: window.name,
      seconds: window.seconds,
      token: token?.symbol ?? window.token ?? null,
      amount: amount.toString(),
      most: most.toString(),
      fits: amount <= most,
      used: room?.used.toString() ?? null,
      left: room === undefined ? null : leftIn(room).toString(),
    };
  }),
  room:
    known.kind === 'known'
      ? { known: true, at: new Date(known.at).toISOString(), sealed: known.sealed, why: null }
      : { known: false, at: null, sealed: null, why: known.why },
});
