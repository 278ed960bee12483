/** One line of the protocol, made wrong. `from` stands exactly once in `file`; within 2,000 histories of `profile` a promise must break. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly profile: string;
}

const mutation = (name: string, profile: string, file: string, from: string, to: string): Mutation => ({
  name,
  profile,
  file,
  from,
  to,
});

const WORK = 'workload/work-lane.ts';
const REGISTER = 'core/register.ts';
const RELEASE = 'workload/release.ts';
const ask = 'if (opposition !== undefined) {';
const without = (by: string) =>
  mutation(`second look that does not ask for the ${by}`, by === 'close' ? 'register' : 'duel', RELEASE, ask, `if (opposition !== undefined && opposition.by !== '${by}') {`);

export const MUTATIONS: readonly Mutation[] = [
  mutation(
    'bytes released before the seal',
    'honest',
    WORK,
    'if (await commit(lane, signed)) {',
    'await releaseBatch(lane, signed, candidates);\n    if (await commit(lane, signed)) {',
  ),
  mutation(
    'no second look',
    'honest',
    WORK,
    'const again = await look(lane, candidates);',
    'const again = { entries: [], taken: new Set(), listed: [], at: 0, since: 0 };',
  ),
  mutation(
    'second look that asks nothing',
    'register',
    WORK,
    'if (rungs === undefined || !isUnopposed(context, { item, entry }, again)) continue;',
    'if (rungs === undefined) continue;',
  ),
  without('id'),
  without('reference'),
  without('nonce'),
  without('close'),
  mutation('live generations only', 'register', 'core/register-log.ts', 'versions: true,', 'versions: false,'),
  mutation(
    'completion that asks nothing',
    'register',
    'workload/complete.ts',
    "import { isUnopposed, release } from './release.ts';",
    "import { release } from './release.ts';\nconst isUnopposed = (..._: readonly unknown[]): boolean => true;",
  ),
  mutation('completion at another nonce', 'crashy', 'core/sealing.ts', 'nonce: item.nonce }', 'nonce: item.nonce + 1n }'),
  mutation(
    'signatures that differ each time',
    'crashy',
    'core/transaction.ts',
    'extraEntropy: false,',
    'extraEntropy: true,',
  ),
  mutation(
    'bytes inside the seal',
    'honest',
    'core/sealing.ts',
    '.map(({ hash }) => hash),',
    '.map(({ raw }) => raw),',
  ),
  mutation(
    'nonce from the RPC',
    'chain-chaos',
    'workload/sign.ts',
    'planBatch(gathered, current, lane.startNonce, LARGEST_BATCH)',
    "planBatch(gathered, current, await context.chains.of(lane.log.chainId).count(lane.log.address, 'latest'), LARGEST_BATCH)",
  ),
  mutation(
    'next nonce is that of the newest seal plus one',
    'shares',
    REGISTER,
    'sealItems(look).reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), startNonce);',
    'sealItems(look).slice(0, 1).reduce((_, { nonce }) => nonce + 1n, startNonce);',
  ),
  mutation(
    'nonces start again with each look',
    'honest',
    REGISTER,
    'sealItems(look).reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), startNonce);',
    'startNonce;',
  ),
  mutation(
    'close outside the register',
    'odd',
    'functions/reconcile/close.ts',
    'if (believed === undefined) return false;',
    "if (believed === undefined) {\n    const own = { code: 'NOT_APPROVED_IN_TIME', reason: '' } as const;\n    await commitFact(context.storage, 'outcome', context.buckets.results, outcomeObject(fact.id), outcomeOfClose(fact, own));\n    return true;\n  }",
  ),
  mutation(
    'close believed by whoever wins its create',
    'closing',
    'functions/reconcile/close.ts',
    'written = await appendEntry(context.storage, logOf(context, fact), nextSeq(look), bytes);',
    "written = await appendEntry(context.storage, logOf(context, fact), nextSeq(look), bytes);\n    if (written) {\n      await commitFact(context.storage, 'outcome', context.buckets.results, outcomeObject(fact.id), outcomeOfClose(fact, why));\n      return 'closed';\n    }",
  ),
  mutation(
    'a close that the wallet did not sign is junk',
    'odd',
    'core/register-entry.ts',
    'if (close.success) return',
    'if (close.success && close.data.items.length === 0) return',
  ),
  mutation(
    'salt dropped',
    'honest',
    'schemas/digest.ts',
    'salt: keccak256(toUtf8Bytes(`gs://${registerBucket}`)),',
    'salt: keccak256(toUtf8Bytes(`gs://`)),',
  ),
  mutation(
    'announced before it is committed',
    'honest',
    'functions/intake/handle.ts',
    "const stored = await commitFact(storage, 'request',",
    "const early = { bucket: buckets.results, name: requestObject(id), timeCreated: now, generation: '1', size: 0, metadata: {}, live: true };\n  await announce(context.publisher, context.law.name, early, acceptedEvents(id, fact.request));\n  const stored = await commitFact(storage, 'request',",
  ),
  mutation(
    'evidence over something else',
    'honest',
    WORK,
    'nonce: evidenceNonce(content, signature),',
    "nonce: '0'.repeat(64),",
  ),
  mutation(
    'evidence after the seal',
    'honest',
    WORK,
    'sealBytes(content, signature, evidence)',
    "sealBytes(content, signature, '')",
  ),
  mutation(
    'acknowledged before it is published',
    'calls',
    'core/facts-store.ts',
    'for (const each of announcements) await publisher.publish(topics[each.topic], messageOf(each, object));',
    'for (const each of announcements) publisher.publish(topics[each.topic], messageOf(each, object)).catch(() => {});',
  ),
  mutation(
    'open mark deleted before the announcement',
    'crashy',
    'functions/shell/settlement.ts',
    'if (receipt !== undefined) await announce(',
    'await storage.delete(work, openObject(request.request.wallet, id));\n  if (receipt !== undefined) await announce(',
  ),
  mutation(
    'no generation match',
    'crashy',
    'test/simulation/ports.ts',
    'const preconditions = { ifGenerationMatch: 0 };',
    'const preconditions = {};',
  ),
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
    'a share in a log line',
    'honest',
    'workload/gather.ts',
    'const judged = judgeShares(candidates, wallet);',
    "const judged = judgeShares(candidates, wallet);\n  log.info('turn.shares', { of: candidates.map(({ share }) => Buffer.from(share.scalar).toString('hex')).join() });",
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
