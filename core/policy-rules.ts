import type { Wallet } from '#schemas/config.ts';
import type { PolicyRule } from '#schemas/policy.ts';
import type { RequestField, TransactionRequest } from '#schemas/request.ts';
import { type ChainTokens, tokenNamed } from '#schemas/tokens.ts';
import { allCalls, type CallNode, causeText } from './calls/call-tree.ts';
import { counted } from './calls/moves.ts';
import { callMiss, deniesCall, hasDestination, type JudgedCall, readCall } from './policy-call.ts';
import { maxFee } from './transaction/fees.ts';
import { type Denial, deny, money, tokenMoney, type Verdict } from './verdict.ts';

interface Miss {
  readonly field: RequestField;
  readonly reason: string;
}

/** What is judged: one transaction, under one wallet's rules, with the tokens of its chain. */
export interface Case {
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly chain: ChainTokens;
}

/** What the call moves or allows beyond what the rule admits of each token. Absent from its list: nothing. */
const tokenMisses = ({ tokens = [], name }: PolicyRule, { units }: CallNode, chain: ChainTokens): readonly Miss[] => {
  if (tokens === 'any') return [];
  return [...units].flatMap(([address, amount]): Miss[] => {
    const total = counted(amount);
    const token = chain.tokens.find((one) => one.address === address);
    if (token === undefined)
      return [{ field: 'data', reason: `it moves or allows tokens of ${address}, which rule ${name} does not name` }];
    const cap = tokens.find((one) => tokenNamed(one, chain) === token);
    const most = BigInt(cap?.maxUnits ?? '0');
    if (total <= most) return [];
    const reason =
      cap === undefined
        ? `it moves or allows ${tokenMoney(total, token)}, and rule ${name} admits none`
        : `it moves or allows ${tokenMoney(total, token)}; the cap of rule ${name} is ${tokenMoney(most, token)}`;
    return [{ field: 'data', reason }];
  });
};

/** Which limits of an allow rule the call exceeds, in the order in which they are told. */
const missesOf = (rule: PolicyRule, call: JudgedCall, { request, chain }: Case): readonly Miss[] => {
  const misses: Miss[] = [];
  const { node } = call;
  const otherCall = callMiss(rule, call);
  if (otherCall !== undefined) misses.push({ field: 'data', reason: otherCall });
  if (rule.maxValueWei !== undefined && node.moves > BigInt(rule.maxValueWei))
    misses.push({
      field: 'value',
      reason: `value ${money(node.moves)} exceeds the cap of rule ${rule.name}, ${money(BigInt(rule.maxValueWei))}`,
    });
  const fee = maxFee(request);
  if (rule.maxFeeWei !== undefined && fee > BigInt(rule.maxFeeWei))
    misses.push({
      field: 'maxFeePerGas',
      reason: `gasLimit × maxFeePerGas, ${money(fee)}, exceeds the fee ceiling of rule ${rule.name}, ${money(BigInt(rule.maxFeeWei))}`,
    });
  return [...misses, ...tokenMisses(rule, node, chain)];
};

interface NearMiss {
  readonly rule: PolicyRule;
  readonly misses: readonly Miss[];
}

/** A rule for this call before one for another call, then the fewest limits exceeded, then the highest cap. */
const nearer = (a: NearMiss, b: NearMiss): number => {
  const otherCall = ({ misses }: NearMiss) => Number(misses.some(({ field }) => field === 'data'));
  const cap = ({ rule }: NearMiss) => (rule.maxValueWei === undefined ? 2n ** 256n : BigInt(rule.maxValueWei));
  return otherCall(a) - otherCall(b) || a.misses.length - b.misses.length || (cap(b) > cap(a) ? 1 : -1);
};

/** A call within another is told by its place, and is in the data of the request. */
const located = (denial: Denial, { place }: CallNode): Denial =>
  place === '' ? denial : { ...denial, field: 'data', reason: `call ${place} in data: ${denial.reason}` };

/** One call by itself: its own destination, value and tokens, and those of all calls within it. */
const judgeCall = (call: JudgedCall, one: Case): PolicyRule | Denial => {
  const { wallet } = one;
  const { node, content } = call;
  const concerned = wallet.policy.rules.filter((rule) => hasDestination(rule, node));
  const what = node.to === '' ? 'contract creation' : `destination ${node.to}`;
  const denying = concerned.find((rule) => rule.effect === 'deny' && deniesCall(rule, call));
  if (denying !== undefined)
    return deny('POLICY_DENIED', 'to', denying.name, `rule ${denying.name} denies ${what} with this call`);
  if (content.kind === 'refused')
    return deny('POLICY_DENIED', 'data', 'default', `no rule allows it: the call ${causeText(content.cause)}`);
  const tried = concerned
    .filter(({ effect }) => effect === 'allow')
    .map((rule) => ({ rule, misses: missesOf(rule, call, one) }));
  const allowing = tried.find(({ misses }) => misses.length === 0)?.rule;
  if (allowing !== undefined) return allowing;
  const [nearest] = tried.toSorted(nearer);
  const [first] = nearest?.misses ?? [];
  if (nearest === undefined || first === undefined)
    return deny('POLICY_DENIED', 'to', 'default', `no rule of wallet ${wallet.name} allows ${what}`);
  const reasons = nearest.misses.map(({ reason }) => reason);
  return deny('POLICY_DENIED', first.field, nearest.rule.name, reasons.join('; and '));
};

/**
 * Whether the rules allow a transaction: its call, and each call within it. The rule is that of the outermost call; approvals are the most
 * that any of their rules asks for.
 */
export const judgeRules = (tree: CallNode, one: Case): Verdict => {
  const { policy, threshold } = one.wallet;
  const allowing: PolicyRule[] = [];
  for (const node of allCalls(tree)) {
    const found = judgeCall(readCall(node, policy.rules), one);
    if ('kind' in found) return located(found, node);
    allowing.push(found);
  }
  return {
    kind: 'allowed',
    rule: allowing[0]?.name ?? '',
    approvals: Math.max(threshold, ...allowing.map(({ approvals = 0 }) => approvals)),
  };
};
