import { edit, type Mutation, mutation } from './mutation.ts';
import { DELAYS } from './mutations-delays.ts';
import { FACTS } from './mutations-facts.ts';
import { LIMITS } from './mutations-limits.ts';
import { LOOKS } from './mutations-looks.ts';
import { MODEL } from './mutations-model.ts';
import { RULES } from './mutations-rules.ts';
import { TOKENS } from './mutations-tokens.ts';

const WORK = 'workload/seal-next.ts';
const REGISTER = 'core/register/rules.ts';
const RELEASE = 'workload/release.ts';
const ASKED = 'if (rungs === undefined || !isConflictFree(context, { item, entry }, again)) {';
const without = (by: string) =>
  mutation(
    `second read that does not ask for the ${by}`,
    by === 'close' ? 'register' : 'duel',
    by === 'close' ? '2' : '1 5',
    edit(RELEASE, 'if (conflict !== undefined) {', `if (conflict !== undefined && conflict.by !== '${by}') {`),
  );

export const MUTATIONS: readonly Mutation[] = [
  mutation(
    'bytes released before the seal',
    'honest',
    '3',
    edit(
      WORK,
      "if (!(await commit(lane, signed))) return 'taken';",
      "const early = signed.content.items.map((item) => ({ item, entry: '', rungs: signed.bytes.get(item.id) ?? [] }));\n    await release(lane.context, early);\n    if (!(await commit(lane, signed))) return 'taken';",
    ),
  ),
  mutation(
    'bytes sent before they are stored',
    'honest',
    '3',
    edit(
      RELEASE,
      'const said = await Promise.allSettled(all.map((each) => store(context, each)));',
      'await broadcast(context, chain, all, baseFee);\n  const said = await Promise.allSettled(all.map((each) => store(context, each)));',
    ),
  ),
  mutation(
    'bytes sent, and never stored',
    'honest',
    '3',
    edit(
      RELEASE,
      'const said = await Promise.allSettled(all.map((each) => store(context, each)));',
      'const said = await Promise.allSettled(all.map(async (each) => each.item.id === first.item.id || store(context, each)));',
    ),
  ),
  mutation(
    'a batch out of the order of its nonces',
    'honest',
    '3',
    edit(
      RELEASE,
      'stored.toSorted((a, b) => Number(a.item.nonce - b.item.nonce))',
      'stored.toSorted((a, b) => Number(b.item.nonce - a.item.nonce))',
    ),
  ),
  mutation(
    'no second read',
    'honest',
    '3',
    // What asks for its own entry in the read would keep everything in: without a read there is nothing to ask.
    edit(WORK, 'const again = await readAgain(lane, candidates, sealed);', 'candidates.length + sealed.length;'),
    edit(WORK, ASKED, 'if (rungs === undefined) {'),
  ),
  mutation('second read that asks nothing', 'register', '1 2', edit(WORK, ASKED, 'if (rungs === undefined) {')),
  without('id'),
  without('reference'),
  without('nonce'),
  without('close'),
  mutation(
    'live generations only',
    'register',
    '1 2',
    edit('core/register/listing.ts', 'versions: true,', 'versions: false,'),
  ),
  mutation(
    'what was read at a name is taken for all of its generations',
    'register',
    '1 2',
    edit(
      'core/register/entry-cache.ts',
      '({ name, generation }: StoredObject): string',
      "({ name }: StoredObject, generation = ''): string",
    ),
  ),
  mutation(
    'completion that asks nothing',
    'register',
    '1 2',
    edit(
      'workload/complete.ts',
      "import { isConflictFree, judgedView, readAgain, release } from './release.ts';",
      "import { judgedView, readAgain, release } from './release.ts';\nconst isConflictFree = (..._: readonly unknown[]): boolean => true;",
    ),
  ),
  mutation(
    'completion at another nonce',
    'crashy',
    '1 3 4',
    edit('core/register/sealing.ts', 'nonce: item.nonce }', 'nonce: item.nonce + 1n }'),
  ),
  mutation(
    'signatures that differ each time',
    'crashy',
    '3 4',
    edit(
      'core/curve.ts',
      "import { keccak_256 } from '@noble/hashes/sha3.js';",
      "import { secp256k1 } from '@noble/curves/secp256k1.js';\nimport { keccak_256 } from '@noble/hashes/sha3.js';",
    ),
    edit(
      'core/curve.ts',
      'if (wasm.signRecoverable(context, SIGNED, DIGEST, SECRET) !== 1) return undefined;',
      "const drawn = secp256k1.sign(digest, secret, { prehash: false, extraEntropy: true, format: 'recovered' });\n    if (drawn.length === 65) return Uint8Array.of(...drawn.subarray(1), drawn[0] ?? 0);",
    ),
  ),
  mutation(
    'bytes inside the seal',
    'honest',
    '6',
    edit('core/register/sealing.ts', '.map(({ hash }) => hash),', '.map(({ raw }) => raw),'),
  ),
  mutation(
    'nonce from the RPC',
    'chain-chaos',
    '1',
    // One lying url does not make a count: the nonce of whoever goes by the RPC is wrong only where one may.
    edit(
      'adapters/chain/chain.ts',
      "at === 'claimed' ? 1 : need, countOn(address, 'latest')",
      "at === 'claimed' ? 1 : 1, countOn(address, 'latest')",
    ),
    edit(
      'workload/sign.ts',
      'planBatch(found.approved, current, lane.startNonce, MAX_BATCH_ITEMS)',
      "planBatch(found.approved, current, await context.chains.of(lane.register.chainId).count(lane.register.address, 'latest'), MAX_BATCH_ITEMS)",
    ),
  ),
  mutation(
    'next nonce is that of the newest seal plus one',
    'shares',
    '1 8',
    edit(
      REGISTER,
      'sealItems(view).reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), least);',
      'sealItems(view).slice(0, 1).reduce((_, { nonce }) => nonce + 1n, startNonce);',
    ),
  ),
  mutation(
    'nonces start again with each read',
    'honest',
    '1 8',
    edit(
      REGISTER,
      'sealItems(view).reduce((next, { nonce }) => (nonce >= next ? nonce + 1n : next), least);',
      'startNonce;',
    ),
  ),
  mutation(
    'close outside the register',
    'odd',
    '2',
    edit(
      'functions/reconcile/close.ts',
      'if (believed === undefined) return false;',
      "if (believed === undefined) {\n    const own = { code: 'NOT_APPROVED_IN_TIME', reason: '' } as const;\n    await commitFact(context.storage, { kind: 'outcome', bucket: context.buckets.results, name: outcomeObject(fact.id) }, outcomeOfClose(fact, own));\n    return true;\n  }",
    ),
  ),
  mutation(
    'close believed by whoever wins its create',
    'closing',
    '2',
    edit(
      'functions/reconcile/close.ts',
      'written = await appendEntry(context.storage, logOf(context, fact), nextSeq(view), bytes);',
      "written = await appendEntry(context.storage, logOf(context, fact), nextSeq(view), bytes);\n    if (written) {\n      await commitFact(context.storage, { kind: 'outcome', bucket: context.buckets.results, name: outcomeObject(fact.id) }, outcomeOfClose(fact, why));\n      return 'closed';\n    }",
    ),
  ),
  mutation(
    'a close that the wallet did not sign is junk',
    'odd',
    '2 4',
    edit(
      'core/register/entry.ts',
      'if (close.success) return',
      'if (close.success && close.data.items.length === 0) return',
    ),
  ),
  mutation(
    'salt dropped',
    'honest',
    '4 answered',
    edit(
      'schemas/typed-data.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of the source.
      '=> `gs://${registerBucket}`;',
      "=> (registerBucket === '' ? '' : 'gs://');",
    ),
  ),
  mutation(
    'announced before it is committed',
    'honest',
    '5',
    edit(
      'functions/intake/handle.ts',
      "const stored = await commitFact(storage, { kind: 'request',",
      "const early = { bucket: buckets.results, name: requestObject(id), timeCreated: now, generation: '1', size: 0, metadata: {}, live: true };\n  await announce(context.publisher, context.law.name, early, acceptedEvents(id, fact.request));\n  const stored = await commitFact(storage, { kind: 'request',",
    ),
  ),
  mutation(
    'evidence over something else',
    'honest',
    '2 evidence',
    edit(WORK, 'nonce: evidenceNonce(content, signature),', "nonce: '0'.repeat(64),"),
  ),
  mutation(
    'evidence after the seal',
    'honest',
    '2 evidence',
    edit(WORK, 'sealBytes(content, signature, evidence)', "sealBytes(content, signature, '')"),
  ),
  mutation(
    'acknowledged before it is published',
    'calls',
    '5',
    edit(
      'core/facts/store.ts',
      'for (const each of announcements) await publisher.publish(topics[each.topic], messageOf(each, object));',
      'for (const each of announcements) publisher.publish(topics[each.topic], messageOf(each, object)).catch(() => {});',
    ),
  ),
  mutation(
    'open mark deleted before the announcement',
    'crashy',
    '5',
    edit(
      'functions/settlement/commit.ts',
      'if (receipt !== undefined) await announce(',
      'await storage.delete(work, openObject(request.request.wallet, id));\n  if (receipt !== undefined) await announce(',
    ),
  ),
  mutation(
    'no generation match',
    'crashy',
    '5',
    edit(
      'test/support/storage-port.ts',
      'const preconditions = { ifGenerationMatch: 0 };',
      'const preconditions = {};',
    ),
  ),
  ...RULES,
  ...MODEL,
  ...LIMITS,
  ...TOKENS,
  ...DELAYS,
  ...FACTS,
  ...LOOKS,
];
