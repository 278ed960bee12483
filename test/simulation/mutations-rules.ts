import { edit, type Mutation, mutation } from './mutation.ts';

const WORK = 'workload/seal-next.ts';
const REGISTER = 'core/register/rules.ts';

/** What a request must be, what a share must be, what the chain must have said, what is owed later. */
export const RULES: readonly Mutation[] = [
  mutation(
    'the cap of the policy forgotten',
    'odd',
    '2',
    edit(
      'core/policy-rules.ts',
      'if (rule.maxValueWei !== undefined && node.moves > BigInt(rule.maxValueWei))',
      'if (rule.maxValueWei !== undefined && node.moves < 0n)',
    ),
  ),
  mutation(
    'tiers forgotten',
    'shares',
    '2 quorum',
    edit(
      'core/policy-rules.ts',
      'approvals: Math.max(threshold, ...allowing.map(({ approvals = 0 }) => approvals)),',
      'approvals: threshold,',
    ),
  ),
  mutation(
    'shares not checked against the commitments',
    'shares',
    '2 8',
    edit(
      'core/shares/combine.ts',
      'return publicKey !== undefined && bytesToHex(publicKey) === expectedPoint(index, commitments);',
      'return publicKey !== undefined && expectedPoint(index, commitments) !== undefined;',
    ),
  ),
  mutation(
    'the share of who asked counts',
    'tied',
    '2 quorum',
    edit(
      'core/shares/quorum.ts',
      '!initiators.has(coSigner) && !rejections.has(coSigner)',
      'initiators.size >= 0 && !rejections.has(coSigner)',
    ),
  ),
  mutation(
    'the machine counts the share of who asked',
    'tied',
    '2 quorum',
    edit('workload/gather.ts', 'completing ? new Set<string>() : initiatorsOf(request, law)', 'new Set<string>()'),
    // A second line of defence asks the same: without enough others no turn is due.
    edit(
      'core/decide/collect.ts',
      'initiators: initiatorsOf(state.request.request, law),',
      'initiators: new Set<string>(),',
    ),
  ),
  mutation(
    'only the first upload counts',
    'shares',
    '8',
    edit('core/shares/quorum.ts', 'COUNTED_UPLOADS = 5', 'COUNTED_UPLOADS = 1'),
  ),
  mutation(
    'validUntil not judged when sealing',
    'closing',
    '2 time',
    edit(WORK, 'validUntilMs(request) <= latest', 'validUntilMs(request) <= 0 * latest'),
  ),
  mutation(
    'an unfinal block is final',
    'chain-chaos',
    '5',
    edit('core/decide/finalize.ts', 'if (block.number > chain.finalBlock)', 'if (block.number < 0n)'),
  ),
  mutation(
    'one url decides',
    'chain-chaos',
    '5',
    edit(
      'adapters/chain/rpc-quorum.ts',
      'if (need <= 1) return firstFullOf(nodes, ask);',
      'if (need <= 2) return firstFullOf(nodes, ask);',
    ),
  ),
  mutation(
    'receipt under the day of its handling',
    'crashy',
    '5 ledger',
    edit(
      'core/decide/finalize.ts',
      'receiptObject(id, block.time)',
      'receiptObject(id, Number(chain.finalBlock) * 86_400_000)',
    ),
  ),
  mutation(
    'no relaunch',
    'crashy',
    '4 8',
    edit(
      'functions/reconcile/follow-approved.ts',
      'await announce(context.publisher, context.law.name, facts.approved.object, due);',
      'due.length;',
    ),
  ),
  mutation(
    'nothing sent again',
    'chain-chaos',
    '4',
    edit(
      'functions/reconcile/follow-submitted.ts',
      'if (facts.sealed && facts.chain.mined === undefined)',
      'if (facts.sealed && facts.chain.mined !== undefined)',
    ),
  ),
  mutation(
    'facts believed without their hash',
    'hostile-operator',
    '2',
    edit('core/facts/verified-wallet.ts', '=== fact.id ? wallet : undefined', "!== '' ? wallet : undefined"),
  ),
  mutation(
    'references forgotten in the register',
    'duel',
    '1 reference',
    edit(REGISTER, 'if (referenceOf(a) === referenceOf(b)) return true;', ''),
  ),
  mutation(
    'a share in a verdict',
    'honest',
    '6',
    // The only way out of a session is its verdicts.
    edit(
      'core/signing/session.ts',
      "return { kind: good.some((each) => each.at === at) ? 'good' : 'spare' };",
      "return { kind: 'unreachable', reason: Buffer.from(one.share.scalar).toString('hex') };",
    ),
  ),
  mutation(
    'the key is not wiped',
    'honest',
    '6 wiped',
    edit('core/shares/signing-scheme.ts', '      wipe(secret);\n', ''),
  ),
  mutation(
    'replaced before it is final',
    'reorgs',
    '5',
    edit(
      'core/decide/nonce-outcome.ts',
      'if (use === undefined || use.blockNumber > finalBlock)',
      'if (use === undefined)',
    ),
    // The shell asks the same of what it remembers, before it reads the register.
    edit(
      'functions/settlement/load-nonce.ts',
      'if (known !== undefined && known.blockNumber > finalBlock)',
      'if (known !== undefined && known.blockNumber < 0n)',
    ),
  ),
  mutation(
    'no limit on completing',
    'lapse',
    '1 2',
    edit(REGISTER, 'view.at <= validUntil + limits.slack && view.since', 'view.since'),
  ),
  mutation(
    'a seal counts at another name',
    'copies',
    '1 4 8',
    edit('core/register/entry.ts', 'objectName !== sealObject(log.chainId, log.address, seq)', "objectName === ''"),
  ),
  mutation(
    'lists begin to end after the first page',
    'junk',
    '1 2 4 8',
    edit('core/register/listing.ts', 'this.#from = page.next;', 'this.#from = undefined;'),
  ),
];
