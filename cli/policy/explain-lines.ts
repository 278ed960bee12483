import { bad, bold, dim, good, type Line, type Span, warn } from '#cli/app/output.ts';
import { spanText } from '#cli/app/units.ts';
import type { WindowAmount } from '#core/policy.ts';
import { longestDelay, type WeighedDelay } from '#core/policy-delay.ts';
import type { Explanation } from '#core/policy-explain.ts';
import type { RuleFinding, WeighedCall } from '#core/policy-rules.ts';
import { type Denial, money, tokenMoney, type Verdict } from '#core/verdict.ts';
import { functionOf } from './explain-json.ts';
import { leftIn, type WindowRooms } from './room.ts';

/** The field and what is wrong with it. Some reasons name it themselves. */
const aboutField = ({ field, reason }: Denial): string =>
  reason.startsWith(`${field} `) ? reason : `${field} ${reason}`;

/** "allowed by rule small, with 2 approvals", or why it is denied. */
export const verdictText = (verdict: Verdict): string =>
  verdict.kind === 'allowed'
    ? `allowed by rule ${verdict.rule}, with ${verdict.approvals} ${verdict.approvals === 1 ? 'approval' : 'approvals'}`
    : `${verdict.code} by ${verdict.rule}: ${aboutField(verdict)}`;

export const verdictLine = (verdict: Verdict): Span =>
  verdict.kind === 'allowed' ? good(verdictText(verdict)) : bad(verdictText(verdict));

const saysOf = (finding: RuleFinding): Span => {
  switch (finding.kind) {
    case 'other destination':
      return dim('does not match: it is for another destination');
    case 'passed over':
      return dim('does not match: it denies other calls');
    case 'denies':
      return bad('matches: it denies this call, whatever allows it');
    case 'allows':
      return good(
        `matches${finding.rule.approvals === undefined ? '' : `: it asks for ${finding.rule.approvals} approvals`}`,
      );
    case 'exceeded':
      return `does not match: ${finding.misses.map(({ reason }) => reason).join('; and ')}`;
    default:
      return finding satisfies never;
  }
};

const callLines = ({ call, findings, verdict }: WeighedCall): readonly Line[] => {
  const { node } = call;
  const what = functionOf(call) ?? (node.to === '' ? 'contract creation' : node.data === '0x' ? 'transfer' : 'a call');
  const where = node.place === '' ? 'The call' : `Call ${node.place} within it`;
  return [
    '',
    bold(`${where}: ${what}${node.to === '' ? '' : ` to ${node.to}`}, with ${money(node.value)}`),
    ...findings.map((finding): Line => [`  ${finding.rule.effect} ${finding.rule.name}: `, saysOf(finding)]),
    'kind' in verdict
      ? [dim('  so: '), bad(`denied: ${verdict.reason}`)]
      : [dim('  so: '), good(`allowed by rule ${verdict.name}, the first of the law that matches`)],
  ];
};

/** What is left of a window, in words: `show` tells the same. */
export const roomText = ({ window, token, amount, most }: WindowAmount, known: WindowRooms): string => {
  const told = (value: bigint): string =>
    token === undefined ? (window.maxWei === undefined ? `${value} units` : money(value)) : tokenMoney(value, token);
  const head = `takes ${told(amount)} of at most ${told(most)} in any ${spanText(window.seconds * 1000)}`;
  if (known.kind === 'unknown') return `${head}; room left: not known (${known.why})`;
  const room = known.rooms.get(window.name);
  if (room === undefined) return head;
  const own = known.sealed ? ', this request in it' : '';
  const full = room.together > most && room.together > room.used ? ': it would have to wait for room' : '';
  return `${head}; used now: ${told(room.used)}${own}; room left: ${told(leftIn(room))}${full}`;
};

const checkLine = (label: string, denial: Denial | undefined, well: string): Line => [
  `${label}: `,
  denial === undefined ? well : bad(`${denial.code}: ${aboutField(denial)}`),
];

const delayLine = ({ delay, token, amount, above, says }: WeighedDelay): Line => {
  const told = (value: bigint): string =>
    token === undefined ? (delay.aboveWei === undefined ? `${value} units` : money(value)) : tokenMoney(value, token);
  const head = `  ${delay.name}, ${spanText(delay.seconds * 1000)}: `;
  switch (says) {
    case 'above':
      return [head, warn(`applies: it moves or allows ${told(amount)}, above ${told(above)}`)];
    case 'unvalued':
      return [head, warn('applies: nobody can tell what it moves, and so every delay does')];
    case 'not above':
      return [head, dim(`does not apply: it moves or allows ${told(amount)}, not above ${told(above)}`)];
    /* v8 ignore next -- the compiler sees to it that no finding is left @preserve */
    default:
      return says satisfies never;
  }
};

/** How long it waits after its approvals, which limit asks for that, and who may stop it meanwhile. */
const delayLines = ({ delays, mayVeto }: Explanation): readonly Line[] => {
  const longest = longestDelay(delays);
  return [
    '',
    bold('Delay'),
    ...(delays.length === 0 ? [dim('  the policy of this wallet has none')] : delays.map(delayLine)),
    ...(longest === undefined
      ? []
      : [
          warn(`  so: it waits ${spanText(longest.seconds * 1000)} after its approvals, as ${longest.name} asks`),
          `  each of these may veto it: ${mayVeto.join(', ')}`,
        ]),
  ];
};

export const explanationLines = (explanation: Explanation, known: WindowRooms): readonly Line[] => {
  const { verdict, requester, calls, windows, nonce } = explanation;
  return [
    ['verdict: ', verdictLine(verdict)],
    checkLine('requester', requester, 'may ask'),
    checkLine('nonce', nonce, 'need not be given, or is'),
    ...calls.flatMap(callLines),
    '',
    bold('Windows'),
    ...(windows.length === 0 ? [dim('  the policy of this wallet has none')] : []),
    ...windows.map((one): Line => {
      const text = `  ${one.window.name}: ${roomText(one, known)}`;
      return one.amount > one.most ? bad(`${text}; more than the whole window admits`) : text;
    }),
    ...(known.kind === 'unknown' && windows.length > 0 ? [warn('  A window may be full: ask who may read it.')] : []),
    ...delayLines(explanation),
  ];
};
