import { type Mutation, mutation } from './mutation.ts';
import { RULES } from './mutations-rules.ts';

const WORK = 'workload/work-lane.ts';
const REGISTER = 'core/register.ts';
const RELEASE = 'workload/release.ts';
const ask = 'if (opposition !== undefined) {';
const without = (by: string) =>
  mutation(
    `second look that does not ask for the ${by}`,
    by === 'close' ? 'register' : 'duel',
    RELEASE,
    ask,
    `if (opposition !== undefined && opposition.by !== '${by}') {`,
  );

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
  mutation(
    'completion at another nonce',
    'crashy',
    'core/sealing.ts',
    'nonce: item.nonce }',
    'nonce: item.nonce + 1n }',
  ),
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
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the source.
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
    'test/simulation/ports-storage.ts',
    'const preconditions = { ifGenerationMatch: 0 };',
    'const preconditions = {};',
  ),
  ...RULES,
];
