import { formatEther } from 'ethers';
import type { Policy, PolicyRule, Wallet } from '#schemas/config.ts';
import { requesterOf } from '#schemas/digest.ts';
import type { RequestField, TransactionRequest } from '#schemas/request.ts';
import { isSigner } from '#schemas/spellings.ts';
import { maxCost, maxFee } from './transaction/fees.ts';

export type Verdict =
  /** `approvals`: how many co-signers this transaction needs, at least the wallet's threshold. */
  { readonly kind: 'allowed'; readonly rule: string; readonly approvals: number } | Denial;

export interface Denial {
  readonly kind: 'denied';
  readonly code: 'POLICY_DENIED' | 'NONCE_REQUIRED' | 'BAD_SIGNATURE';
  readonly field: RequestField;
  /** The name of the rule or window, or `default`, `requesters`, `requesterSignature`, `pinNonceAboveWei`. */
  readonly rule: string;
  /** In words, for the sender. */
  readonly reason: string;
}

const deny = (code: Denial['code'], field: RequestField, rule: string, reason: string): Denial => ({
  kind: 'denied',
  code,
  field,
  rule,
  reason,
});

const money = (wei: bigint): string => `${wei} wei (${formatEther(wei).replace(/\.0$/, '')} ETH)`;

/**
 * The first four bytes of a call, or `0x` where it carries none. One to three bytes are no selector, but some contracts read missing bytes
 * as zeros. `padded` adds those zeros, so that leaving off a zero does not evade a deny rule. A creation has no selector.
 */
export const selectorOf = ({ to, data }: TransactionRequest, padded: boolean): string | undefined => {
  if (to === '') return undefined;
  if (data === '0x' || data.length >= 10) return data.slice(0, 10);
  return padded ? data.padEnd(10, '0') : undefined;
};

const hasSelector = ({ selectors, effect }: PolicyRule, request: TransactionRequest): boolean => {
  if (selectors === undefined) return true;
  const selector = selectorOf(request, effect === 'deny');
  return selector !== undefined && selectors.includes(selector);
};

/** `*` is every address. It admits no creation, but it does deny one: a rule that denies everything means everything. */
const hasDestination = ({ destinations, effect }: PolicyRule, { to }: TransactionRequest): boolean =>
  to === ''
    ? destinations.includes('create') || (effect === 'deny' && destinations.includes('*'))
    : destinations.includes('*') || destinations.includes(to);

interface Miss {
  readonly field: RequestField;
  readonly reason: string;
}

/** Which limits of an allow rule the request exceeds, in the order in which they are told. */
const missesOf = (rule: PolicyRule, request: TransactionRequest): readonly Miss[] => {
  const misses: Miss[] = [];
  if (!hasSelector(rule, request))
    misses.push({ field: 'data', reason: `the call is none of those that rule ${rule.name} admits` });
  const value = BigInt(request.value);
  if (rule.maxValueWei !== undefined && value > BigInt(rule.maxValueWei))
    misses.push({
      field: 'value',
      reason: `value ${money(value)} exceeds the cap of rule ${rule.name}, ${money(BigInt(rule.maxValueWei))}`,
    });
  const fee = maxFee(request);
  if (rule.maxFeeWei !== undefined && fee > BigInt(rule.maxFeeWei))
    misses.push({
      field: 'maxFeePerGas',
      reason: `gasLimit × maxFeePerGas, ${money(fee)}, exceeds the fee ceiling of rule ${rule.name}, ${money(BigInt(rule.maxFeeWei))}`,
    });
  return misses;
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

/**
 * Whether who asks may ask. A signature that is given is checked even where none is demanded: a wrong one is never passed over. A requester
 * that is an address always signs. The signature is not part of the id. So an unsigned copy, published first, would own the request and the
 * right to withdraw it.
 */
const judgeRequester = (request: TransactionRequest, policy: Policy, wallet: Wallet, registerBucket: string) => {
  const { requester, requesterSignature } = request;
  if (requesterSignature === '') {
    if (policy.requesterSignature === 'optional' && !isSigner(requester)) return undefined;
    const reason =
      policy.requesterSignature === 'optional'
        ? `requester ${requester} is an address: only what it has signed may be asked for in its name`
        : `wallet ${wallet.name} takes only requests that the requester has signed`;
    return deny('BAD_SIGNATURE', 'requesterSignature', 'requesterSignature', reason);
  }
  const signer = requesterOf(request, wallet.address, registerBucket);
  if (signer === undefined || signer !== requester) {
    const reason =
      signer === undefined
        ? 'is no signature over this request'
        : `was made by ${signer}, not by requester ${requester}`;
    return deny('BAD_SIGNATURE', 'requesterSignature', 'requesterSignature', reason);
  }
  if (policy.requesters === undefined || policy.requesters.includes(requester)) return undefined;
  return deny('POLICY_DENIED', 'requester', 'requesters', `${requester} is not among the requesters of ${wallet.name}`);
};

const judgeRules = (request: TransactionRequest, { rules }: Policy, wallet: Wallet): Verdict => {
  const concerned = rules.filter((rule) => hasDestination(rule, request));
  const denying = concerned.find((rule) => rule.effect === 'deny' && hasSelector(rule, request));
  const what = request.to === '' ? 'contract creation' : `destination ${request.to}`;
  if (denying !== undefined)
    return deny('POLICY_DENIED', 'to', denying.name, `rule ${denying.name} denies ${what} with this call`);
  const tried = concerned
    .filter(({ effect }) => effect === 'allow')
    .map((rule) => ({ rule, misses: missesOf(rule, request) }));
  const allowing = tried.find(({ misses }) => misses.length === 0)?.rule;
  if (allowing !== undefined)
    return {
      kind: 'allowed',
      rule: allowing.name,
      approvals: Math.max(wallet.threshold, allowing.approvals ?? 0),
    };
  const [nearest] = tried.toSorted(nearer);
  const [first] = nearest?.misses ?? [];
  if (nearest === undefined || first === undefined)
    return deny('POLICY_DENIED', 'to', 'default', `no rule of wallet ${wallet.name} allows ${what}`);
  return deny(
    'POLICY_DENIED',
    first.field,
    nearest.rule.name,
    nearest.misses.map(({ reason }) => reason).join('; and '),
  );
};

const judgeNonce = (request: TransactionRequest, { pinNonceAboveWei }: Policy): Denial | undefined => {
  if (pinNonceAboveWei === undefined || request.nonce !== '' || BigInt(request.value) <= BigInt(pinNonceAboveWei))
    return undefined;
  const reason = `must be given for a value above ${money(BigInt(pinNonceAboveWei))}; this one is ${money(BigInt(request.value))}`;
  return deny('NONCE_REQUIRED', 'nonce', 'pinNonceAboveWei', reason);
};

/** More than a whole window admits can never be sealed; whether there is room for the rest, the register tells the workload. */
const judgeWindows = (request: TransactionRequest, { windows }: Policy): Denial | undefined => {
  const cost = maxCost(request);
  const tooSmall = windows.find(({ maxWei }) => cost > BigInt(maxWei));
  if (tooSmall === undefined) return undefined;
  const reason = `value and fee ceiling, ${money(cost)}, exceed all that window ${tooSmall.name} admits, ${money(BigInt(tooSmall.maxWei))}`;
  return deny('POLICY_DENIED', 'value', tooSmall.name, reason);
};

/**
 * Whether the wallet's policy allows a request; the same at intake and in the workload, where it counts. In this order:
 * 1. the requester: a missing (where demanded) or wrong signature, then whether the signer is among `requesters`;
 * 2. deny rules: one whose destination and selector fit denies, whatever allows;
 * 3. allow rules: the first in the law's order whose destination, selector, maxValueWei and maxFeeWei all hold decides, also about how
 *    many approvals are needed. So the law lists the particular before the general and the small tier before the large;
 * 4. none: denied, naming the rule that came nearest (same destination) and each of its limits that was exceeded, else `default`;
 * 5. an allowed request must fit into each window by itself, and one whose value lies above pinNonceAboveWei must name its nonce.
 * Chain, validity, reference and nonce order are not the policy's.
 */
export const judgePolicy = (request: TransactionRequest, wallet: Wallet, registerBucket: string): Verdict => {
  const { policy } = wallet;
  const stranger = judgeRequester(request, policy, wallet, registerBucket);
  if (stranger !== undefined) return stranger;
  const verdict = judgeRules(request, policy, wallet);
  if (verdict.kind === 'denied') return verdict;
  return judgeWindows(request, policy) ?? judgeNonce(request, policy) ?? verdict;
};
