import { edit, type Mutation, mutation } from './mutation.ts';

const JUDGE = 'core/decide/mineable.ts';
const HOLD = 'workload/holds/chain.ts';
const RULES = 'core/transaction/gas-rules.ts';
const WORK = 'workload/seal-next.ts';
const REPLAY = 'functions/reconcile/replay.ts';
const GAS = 'const gas = BigInt(request.gasLimit);';

/** What is asked before a seal, who may hold a request up by it, and what nodes must not be given. */
export const FACTS: readonly Mutation[] = [
  mutation(
    'one url of several holds a request up',
    'liar',
    '8',
    edit(JUDGE, 'Math.max(agreement, Math.min(2, answers));', 'Math.min(1, answers + agreement);'),
  ),
  mutation(
    'a revert holds a request up',
    'gas',
    '8',
    // What a simulation of the call would say.
    edit(
      JUDGE,
      GAS,
      `if (request.data === '0xdeadbeef') found.push({ code: 'BALANCE_LOW', numbers: { balanceWei: 0n, neededWei: 0n } });\n  ${GAS}`,
    ),
  ),
  mutation(
    'a whole batch is held up for one',
    'gas',
    '8',
    edit(HOLD, 'heldBy(obstacles.get(id), next)', "heldBy(id === '' ? undefined : [...obstacles.values()][0], next)"),
  ),
  mutation(
    'nodes are asked after the seal',
    'gas',
    '4 9',
    edit(WORK, '(await sift(lane, BEFORE_THE_SEAL, planned, pass)).go', 'planned'),
    edit(
      WORK,
      '  return release(context, releasable);',
      '  const asked = candidates.filter(({ id }) => releasable.some(({ item }) => item.id === id));\n  const { go } = await sift(lane, BEFORE_THE_SEAL, asked, { view: again, inHand: candidates });\n  return release(context, releasable.filter(({ item }) => go.some(({ id }) => id === item.id)));',
    ),
  ),
  mutation(
    'a node is asked about signed bytes',
    'honest',
    '6',
    edit(
      WORK,
      "if (!(await commit(lane, signed))) return 'taken';",
      "const chain = lane.context.chains.of(lane.register.chainId);\n    for (const [rung] of signed.bytes.values()) await chain.transaction(rung?.raw ?? '').catch(() => undefined);\n    if (!(await commit(lane, signed))) return 'taken';",
    ),
  ),
  mutation(
    'more gas than a block has',
    'gas',
    '9',
    edit(JUDGE, 'block.gasLimit !== undefined && gas > block.gasLimit', 'block.gasLimit !== undefined && gas < 0n'),
  ),
  mutation(
    'the fee for data is not counted',
    'data-fee',
    '9',
    edit(
      JUDGE,
      'if (dataFees === undefined || dataFee === undefined)',
      'if (dataFees === undefined || dataFee !== null)',
    ),
  ),
  mutation(
    'the most gas of one transaction is not judged',
    'gas',
    '9',
    edit(RULES, 'if (gas > rules.maxTransactionGas)', 'if (gas < 0n)'),
  ),
  mutation(
    'a dated fork is forgotten',
    'gas',
    '9',
    edit('core/transaction/forks.ts', 'at === undefined || at - FORK_MARGIN_MS <= latest', 'at === undefined'),
  ),
  mutation(
    'the least tip is not judged',
    'gas',
    '9',
    edit(RULES, 'if (tip < rules.leastTip)', 'if (tip < 0n)'),
    // Asked for once more before the seal.
    edit(JUDGE, 'if (tipWei < leastTip)', 'if (tipWei < 0n * leastTip)'),
  ),
  mutation(
    'a hold ends without its reason',
    'gas',
    '8 reason',
    edit('core/decide/close.ts', 'wait === undefined ? reason :', "wait?.code !== 'TAMPERED' ? reason :"),
  ),
  mutation(
    'a node gets bytes that it has',
    'repeating',
    '1 mined',
    edit('adapters/chain/give.ts', "if (await has(node, hash)) return 'known';", ''),
    // In a batch, each is asked about too.
    edit('adapters/chain/give.ts', 'offers.filter((_, n) => held[n] !== true)', 'offers.slice()'),
  ),
  mutation(
    'bytes go to one url alone',
    'refusing',
    '4',
    edit(
      'adapters/chain/send.ts',
      'const told = await askAll(nodes, (node)',
      'const told = await askAll(nodes.filter((_, n) => nodes.length < 3 || n === 1), (node)',
    ),
  ),
  mutation(
    'a receipt is sent again under another id',
    'replays',
    '5',
    edit(
      'schemas/events.ts',
      "'ce-id': eventId,",
      "'ce-id': announcement.replayed === undefined ? eventId : [eventId, announcement.replayed].join('/'),",
    ),
  ),
  mutation(
    'a replay says how far it is before it sends',
    'replays',
    '5',
    edit(
      REPLAY,
      '  const { progress, fault } = await sendAll(',
      '  const told = { ...start, after: send.at(-1) ?? start.after, sent: send.length };\n  await storage.setMetadata(buckets.work, object.name, progressMetadata(told));\n  const { progress, fault } = await sendAll(',
    ),
  ),
  mutation(
    'a replay ends though something was not sent',
    'replays',
    '5',
    edit(REPLAY, '  else if (last) {', '  if (last) {'),
  ),
  mutation(
    'a nonce that is used counts as one that is not',
    'honest',
    '4',
    edit('functions/settlement/load.ts', 'if (count <= BigInt(sealed.nonce))', 'if (count >= 0n)'),
  ),
  mutation(
    'a prediction that cannot be read keeps its receipt back',
    'honest',
    '4',
    edit(
      'functions/settlement/load-predictions.ts',
      '      if (!isKeyturnError(error)) throw error;\n',
      '      if (isKeyturnError(error)) throw error;\n',
    ),
  ),
];
