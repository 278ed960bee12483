import type { Wallet } from '#schemas/config.ts';
import type { PolicyRule } from '#schemas/policy.ts';
import type { RequestField, TransactionRequest } from '#schemas/request.ts';
import { type ChainTokens, tokenNamed } from '#schemas/tokens.ts';
import { allCalls, type CallNode, causeText } from './calls/call-tree.ts';
import { counted } from './calls/moves.ts';
import { callMiss, deniesCall, hasDestination, type JudgedCall, readCall } from './policy-call.ts';
import { maxFee } from './transaction/fees.ts';
import { type Denial, deny, money, tokenMoney, type Verdict } from './verdict.ts';

/** A limit of an allow rule that a call exceeds. */
export interface Miss {
  readonly limit: 'encoding' | 'call' | 'maxValueWei' | 'maxFeeWei' | 'tokens';
  readonly field: RequestField;
  /** In words, for people. */
  readonly reason: string;
  /** Of an amount: what it is and what the rule admits, in wei, or in units of the contract `token` (EIP-55). No `most`: nobody names it. */
  readonly given?: bigint;
  readonly most?: bigint;
  readonly token?: string;
}

/** What one rule says of one call. `passed over`: a deny rule for this destination that does not mean this call. */
export type RuleFinding =
  | { readonly kind: 'other destination' | 'denies' | 'passed over' | 'allows'; readonly rule: PolicyRule }
  | { readonly kind: 'exceeded'; readonly rule: PolicyRule; readonly misses: readonly Miss[] };

/** One call with what every rule of the wallet says of it. `verdict`: the rule that allows it, or the denial. */
export interface WeighedCall {
  readonly call: JudgedCall;
  readonly findings: readonly RuleFinding[];
  readonly verdict: PolicyRule | Denial;
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
    const miss = { limit: 'tokens', field: 'data', token: address, given: total } as const;
    if (token === undefined)
      return [{ ...miss, reason: `it moves or allows tokens of ${address}, which rule ${name} does not name` }];
    const cap = tokens.find((one) => tokenNamed(one, chain) === token);
    const most = BigInt(cap?.maxUnits ?? '0');
    if (total <= most) return [];
    const reason =
      cap === undefined
        ? `it moves or allows ${tokenMoney(total, token)}, and rule ${name} admits none`
        : `it moves or allows ${tokenMoney(total, token)}; the cap of rule ${name} is ${tokenMoney(most, token)}`;
    return [{ ...miss, most, reason }];
  });
};

/** Which limits of an allow rule the call exceeds, in the order in which they are told. */
const missesOf = (rule: PolicyRule, call: JudgedCall, { request, chain }: Case): readonly Miss[] => {
  const misses: Miss[] = [];
  const { node, content } = call;
  if (content.kind === 'refused')
    misses.push({ limit: 'encoding', field: 'data', reason: `the call ${causeText(content.cause)}` });
  const otherCall = callMiss(rule, call);
  if (otherCall !== undefined) misses.push({ limit: 'call', field: 'data', reason: otherCall });
  if (rule.maxValueWei !== undefined && node.moves > BigInt(rule.maxValueWei))
    misses.push({
      limit: 'maxValueWei',
      field: 'value',
      given: node.moves,
      most: BigInt(rule.maxValueWei),
      reason: `value ${money(node.moves)} exceeds the cap of rule ${rule.name}, ${money(BigInt(rule.maxValueWei))}`,
    });
  const fee = maxFee(request);
  if (rule.maxFeeWei !== undefined && fee > BigInt(rule.maxFeeWei))
    misses.push({
      limit: 'maxFeeWei',
      field: 'maxFeePerGas',
      given: fee,
      most: BigInt(rule.maxFeeWei),
      reason: `gasLimit × maxFeePerGas, ${money(fee)}, exceeds the fee ceiling of rule ${rule.name}, ${money(BigInt(rule.maxFeeWei))}`,
    });
  return [...misses, ...tokenMisses(rule, node, chain)];
};

type NearMiss = Extract<RuleFinding, { readonly kind: 'exceeded' }>;

/** A rule for this call before one for another call, then the fewest limits exceeded, then the highest cap. */
const nearer = (a: NearMiss, b: NearMiss): number => {
  const otherCall = ({ misses }: NearMiss) => Number(misses.some(({ field }) => field === 'data'));
  const cap = ({ rule }: NearMiss) => (rule.maxValueWei === undefined ? 2n ** 256n : BigInt(rule.maxValueWei));
  return otherCall(a) - otherCall(b) || a.misses.length - b.misses.length || (cap(b) > cap(a) ? 1 : -1);
};

/** A call within another is told by its place, and is in the data of the request. */
const located = (denial: Denial, { place }: CallNode): Denial =>
  place === '' ? denial : { ...denial, field: 'data', reason: `call ${place} in data: ${denial.reason}` };

const findingOf = (rule: PolicyRule, call: JudgedCall, one: Case): RuleFinding => {
  if (!hasDestination(rule, call.node)) return { kind: 'other destination', rule };
  if (rule.effect === 'deny') return { kind: deniesCall(rule, call) ? 'denies' : 'passed over', rule };
  const misses = missesOf(rule, call, one);
  return misses.length === 0 ? { kind: 'allows', rule } : { kind: 'exceeded', rule, misses };
};

/** What follows from what the rules say, in the order of the law. */
const concluded = ({ node, content }: JudgedCall, findings: readonly RuleFinding[], wallet: Wallet) => {
  const what = node.to === '' ? 'contract creation' : `destination ${node.to}`;
  const denying = findings.find(({ kind }) => kind === 'denies')?.rule;
  if (denying !== undefined)
    return deny('POLICY_DENIED', 'to', denying.name, `rule ${denying.name} denies ${what} with this call`);
  if (content.kind === 'refused')
    return deny('POLICY_DENIED', 'data', 'default', `no rule allows it: the call ${causeText(content.cause)}`);
  const allowing = findings.find(({ kind }) => kind === 'allows')?.rule;
  if (allowing !== undefined) return allowing;
  const [nearest] = findings.filter((one) => one.kind === 'exceeded').toSorted(nearer);
  const [first] = nearest?.misses ?? [];
  if (nearest === undefined || first === undefined)
    return deny('POLICY_DENIED', 'to', 'default', `no rule of wallet ${wallet.name} allows ${what}`);
  const reasons = nearest.misses.map(({ reason }) => reason);
  return deny('POLICY_DENIED', first.field, nearest.rule.name, reasons.join('; and '));
};

/** One call by itself: its own destination, value and tokens, and those of all calls within it. What is judged is also what is explained. */
export const weighCall = (node: CallNode, one: Case): WeighedCall => {
  const { wallet } = one;
  const call = readCall(node, wallet.policy.rules);
  const findings = wallet.policy.rules.map((rule) => findingOf(rule, call, one));
  const found = concluded(call, findings, wallet);
  return { call, findings, verdict: 'kind' in found ? located(found, node) : found };
};

/**
 * Whether the rules allow a transaction: its call, and each call within it. The rule is that of the outermost call; approvals are the most
 * that any of their rules asks for.
 */
export const judgeRules = (tree: CallNode, one: Case): Verdict => {
  const { threshold } = one.wallet;
  const allowing: PolicyRule[] = [];
  for (const node of allCalls(tree)) {
    const { verdict } = weighCall(node, one);
    if ('kind' in verdict) return verdict;
    allowing.push(verdict);
  }
  return {
    kind: 'allowed',
    rule: allowing[0]?.name ?? '',
    approvals: Math.max(threshold, ...allowing.map(({ approvals = 0 }) => approvals)),
  };
};
