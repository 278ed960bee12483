import { edit, type Mutation, mutation } from './mutation.ts';

const REGISTER = 'core/register/rules.ts';
const LATE_ENOUGH = '!admits(listed) || timeCreated < validUntil - limits.maxValidity';

/** What somebody else, a dApp, a co-signer's key, a zone or one bad request must not be able to do. */
export const MODEL: readonly Mutation[] = [
  mutation(
    'a run of old objects ends a listing',
    'junk',
    '1 4 8',
    // As it was once: what anybody may create buried seals that were made below it.
    edit(
      'core/register/read.ts',
      'if (this.#isOver() || !(await this.#listing.more())) return;',
      'if (n > 0 && named.slice(-4).every(({ object }) => object.timeCreated < this.#since)) return;\n        if (this.#isOver() || !(await this.#listing.more())) return;',
    ),
  ),
  mutation(
    'a close counts however early it was made',
    'lapse',
    '2 closed',
    edit(REGISTER, LATE_ENOUGH, '!admits(listed)'),
  ),
  mutation(
    'a close judged by now minus the horizon',
    'lapse',
    '2 closed',
    edit(REGISTER, LATE_ENOUGH, '!admits(listed) || timeCreated < view.at - limits.maxValidity - limits.slack'),
  ),
  mutation(
    'a destination that no rule names',
    'odd',
    '2 law',
    edit(
      'core/policy-call.ts',
      "destinations.includes('*') || destinations.includes(to)",
      "destinations.includes('*') || to !== ''",
    ),
  ),
  mutation(
    'a foreign transaction does not stop the wallet',
    'foreign',
    '2 stopped',
    edit(
      'functions/settlement/commit.ts',
      'if (walletNamed(context.law, wallet)?.exclusive === false) return;',
      'if (walletNamed(context.law, wallet)?.exclusive !== undefined) return;',
    ),
  ),
  mutation(
    'a stopped wallet seals on',
    'foreign',
    '2 stopped',
    edit(
      'workload/holds/stop.ts',
      'if (stops.length === 0) return all(candidates);',
      'if (stops.length >= 0) return all(candidates);',
    ),
  ),
  mutation(
    'a chain that is ahead of the register does not make it wait',
    'foreign',
    '2 ahead',
    edit('core/decide/nonce-wait.ts', "return count > next ? 'CHAIN_AHEAD' : undefined;", 'return undefined;'),
  ),
  mutation(
    'the approved skip of a foreign nonce lifts nothing',
    'foreign',
    '8',
    edit(
      'workload/release.ts',
      "if (request.replaces === 'foreign') await",
      "if (request.replaces === 'nobody') await",
    ),
    // Reconcile and the settlement say it again, in case the machine died.
    edit(
      'functions/settlement/commit.ts',
      "if (request.request.replaces === 'foreign') await",
      "if (request.request.replaces === 'nobody') await",
    ),
    edit(
      'functions/reconcile/follow-approved.ts',
      "if (fact.request.replaces === 'foreign') await",
      "if (fact.request.replaces === 'nobody') await",
    ),
  ),
  mutation(
    'somebody else using a nonce is nothing to tell',
    'foreign',
    '2 alarm',
    edit('functions/settlement/commit.ts', "context.log.alarm('settle.foreign',", "context.log.info('settle.foreign',"),
  ),
  mutation(
    'withdrawal by anybody',
    'withdrawing',
    '2 withdrawn',
    edit(
      'core/facts/withdrawal.ts',
      'return signerOf(typedWithdrawal(fact, registerBucket), withdrawal.requesterSignature) === request.requester;',
      'return signerOf(typedWithdrawal(fact, registerBucket), withdrawal.requesterSignature) !== undefined;',
    ),
  ),
  mutation(
    'withdrawal forgotten',
    'withdrawing',
    '4 withdrawn',
    edit('core/decide/reconcile.ts', 'if (facts.withdrawn !== undefined)', 'if (facts.withdrawn === null)'),
  ),
  mutation(
    'a disabled key is the fault of its holder',
    'keys-off',
    '8 blame',
    edit(
      'core/signing/session.ts',
      "if (decrypted.kind === 'unreachable') return {",
      "if (decrypted.kind === 'unreachable') return { kind: 'bad', code: 'SHARE_CIPHERTEXT' };\n    if (decrypted.kind === 'unreachable') return {",
    ),
  ),
  mutation(
    'one location that cannot be listed keeps all shares out',
    'keys-off',
    '4 8',
    edit('core/shares/list.ts', 'unreachable.set(coSigner, error.code);', 'throw error;'),
  ),
  mutation(
    'the next zone is never tried',
    'zones',
    '8',
    edit(
      'core/decide/launch.ts',
      'zones[Number(turn - 1n) % zones.length]',
      'zones[Number(turn - turn) % zones.length]',
    ),
  ),
  mutation(
    'a chain that nobody answers for ends the turn',
    'chain-down',
    '8',
    edit(
      'workload/holds/chain.ts',
      "else context.log.alarm('turn.fault', { chainId, ...errorFields(error) });",
      'throw error;',
    ),
    edit(
      'workload/turn.ts',
      "lane.context.log.alarm('turn.fault', { chainId: lane.register.chainId, ...errorFields(error) });\n    return 'nothing';",
      'throw error;',
    ),
  ),
  mutation(
    'a suspect goes with the others',
    'poison',
    '8',
    edit(
      'workload/seal-next.ts',
      'return trusted.length > 0 ? trusted : ready.slice(0, 1);',
      'return trusted.length > 99 ? trusted : ready;',
    ),
  ),
  mutation(
    'deaths over one request are not counted',
    'poison',
    '8',
    edit('functions/reconcile/follow-approved.ts', 'alive) >= MAX_TRIES)', 'alive) >= 1_000)'),
  ),
  mutation(
    'what submitted.json says is believed',
    'hostile-operator',
    '2 4 5',
    edit(
      'functions/settlement/load-seal.ts',
      'const { chainId } = fact.request;',
      [
        "const more = { approvals: [], assets: [], rule: 'any', tokensJudged: 'no', delay: null };",
        'const item = { ...submitted, ...more, nonce: BigInt(submitted.nonce), rungs: submitted.transactionHashes };',
        "const told = { name: submitted.seal, generation: '1', rawHash: '0'.repeat(64), lawHash: context.lawHash, item };",
        "if (fact.id !== '') return told as never;",
        'const { chainId } = fact.request;',
      ].join('\n  '),
    ),
  ),
];
