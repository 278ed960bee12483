import { type Mutation, mutation } from './mutation.ts';

const WORK = 'workload/work-lane.ts';
const REGISTER = 'core/register.ts';

/** What a request must be, what a share must be, what the chain must have said, what is owed later. */
export const RULES: readonly Mutation[] = [
  mutation(
    'the cap of the policy forgotten',
    'odd',
    'core/policy.ts',
    'if (rule.maxValueWei !== undefined && value > BigInt(rule.maxValueWei))',
    'if (rule.maxValueWei !== undefined && value < 0n)',
  ),
  mutation(
    'tiers forgotten',
    'shares',
    'core/policy.ts',
    'approvals: Math.max(wallet.threshold, allowing.approvals ?? 0),',
    'approvals: wallet.threshold,',
  ),
  mutation(
    'shares not checked against the commitments',
    'shares',
    'core/feldman.ts',
    'return Point.BASE.multiply(value).equals(expected);',
    'return expected !== undefined;',
  ),
  mutation('only the first upload counts', 'shares', 'core/quorum.ts', 'COUNTED_UPLOADS = 5', 'COUNTED_UPLOADS = 1'),
  mutation(
    'validUntil not judged when sealing',
    'closing',
    WORK,
    '(timeMs(request.validUntil) ?? 0) <= latest',
    '(timeMs(request.validUntil) ?? 0) <= 0 * latest',
  ),
  mutation(
    'an unfinal block is final',
    'chain-chaos',
    'core/decide/finalize.ts',
    'if (block.number > chain.finalBlock)',
    'if (block.number < 0n)',
  ),
  mutation(
    'one url decides',
    'chain-chaos',
    'adapters/rpc-quorum.ts',
    'if (need <= 1) return firstFullOf(nodes, ask);',
    'if (need <= 2) return firstFullOf(nodes, ask);',
  ),
  mutation(
    'receipt under the day of its handling',
    'crashy',
    'core/decide/finalize.ts',
    'receiptObject(id, block.time)',
    'receiptObject(id, Number(chain.finalBlock) * 86_400_000)',
  ),
  mutation(
    'no relaunch',
    'crashy',
    'functions/reconcile/approved.ts',
    'await announce(context.publisher, context.law.name, facts.approved.object, due);',
    'due.length;',
  ),
  mutation(
    'nothing sent again',
    'chain-chaos',
    'functions/reconcile/supply.ts',
    "if (decision.kind === 'wait' && decision.code === 'NOT_MINED')",
    "if (decision.kind === 'wait' && decision.code === 'NOT_FINAL')",
  ),
  mutation(
    'facts believed without their hash',
    'hostile-operator',
    'core/trust.ts',
    '=== fact.id ? wallet : undefined',
    "!== '' ? wallet : undefined",
  ),
  mutation(
    'references forgotten in the register',
    'hostile-operator',
    REGISTER,
    'if (referenceOf(a) === referenceOf(b)) return true;',
    '',
  ),
  mutation(
    'a share in the register',
    'honest',
    'core/sealing.ts',
    'rule: planned.rule,',
    "rule: planned.shares.map(({ share }) => Buffer.from(share.scalar).toString('hex')).join(),",
  ),
  mutation('the key is not wiped', 'honest', 'core/signing-scheme.ts', '      wipe(secret);\n', ''),
  mutation(
    'replaced before it is final',
    'replacing',
    'core/decide/fate.ts',
    'if (use === undefined || use.blockNumber > finalBlock)',
    'if (use === undefined)',
  ),
  mutation(
    'no limit on completing',
    'lapse',
    REGISTER,
    'look.at <= validUntil + limits.slack && look.since',
    'look.since',
  ),
  mutation(
    'a seal counts at another name',
    'register',
    'core/register-entry.ts',
    'objectName !== sealObject(log.chainId, log.address, seq)',
    "objectName === ''",
  ),
  mutation(
    'lists begin to end after the first page',
    'register',
    'core/register-log.ts',
    'from = page.next;',
    'from = undefined;',
  ),
];
