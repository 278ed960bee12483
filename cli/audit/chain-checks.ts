import { getAddress, keccak256 } from 'ethers';
import { type Backing, type FinalReceipt, receiptBacking } from '#core/decide/backing.ts';
import type { Seen } from '#core/decide/why.ts';
import { sealFound } from '#core/facts/chain-facts.ts';
import { rungFees } from '#core/transaction/fees.ts';
import { type Approved, signedBytesProblem } from '#core/transaction/read-back.ts';
import { chainOf } from '#schemas/config.ts';
import { parseFact } from '#schemas/facts.ts';
import { bucketsOf } from '#schemas/names.ts';
import { CHAIN, canonicalJson, chainOfBundle, SIGNED, wordsOf } from './bundle.ts';
import { type Check, fail, judged, pass, unchecked } from './check.ts';
import { type Included, includedIn } from './inclusion.ts';
import type { Memory } from './memory.ts';
import { attempt, type Subject } from './subject.ts';

/** The approved fields are those of an id, so the id stands for them. */
const bytesProblem = (memory: Memory, raw: string, { id, ...approved }: Approved & { readonly id: string }) =>
  memory(`bytes ${[id, approved.nonce, approved.from, ...Object.values(approved.fees)].join()}`, raw, () =>
    signedBytesProblem(raw, approved),
  );

/**
 * The transactions that were signed, where their bytes are in the bundle. A seal names each by its hash, which covers its signature: without
 * bytes only the mined one can be compared. `isMinedChecked`: whether it was.
 */
export const rungs = ({ bundle, item, wallet, memory }: Subject, isMinedChecked: boolean): Check => {
  const fees = rungFees(item.request);
  if (fees.length !== item.rungs.length)
    return fail('rungs', `the seal names ${item.rungs.length} transactions, not ${fees.length}`);
  const bytes = bundle.files.get(SIGNED);
  if (bytes === undefined) {
    const others = isMinedChecked ? fees.length - 1 : fees.length;
    if (others === 0) return pass('rungs', 'one transaction, which is the mined one');
    const seen = isMinedChecked ? 'the mined one is as approved, see transaction; ' : '';
    return unchecked(
      'rungs',
      `${seen}${others} of ${fees.length} are known by their hash alone, and the signed bytes are not in the bundle`,
    );
  }
  const read = attempt(() => {
    canonicalJson(SIGNED, bytes);
    return parseFact('signed', bytes);
  });
  if ('problem' in read) return fail('rungs', read.problem);
  const signed = read.value;
  if (signed.id !== item.id || signed.wallet !== wallet.name || signed.rungs.length !== fees.length)
    return fail('rungs', `${SIGNED} is of another request`);
  for (const [n, { hash, raw }] of signed.rungs.entries()) {
    const fee = fees[n];
    if (fee === undefined || hash !== item.rungs[n] || keccak256(raw) !== hash)
      return fail('rungs', `rung ${n + 1} is not the sealed one`);
    const field = bytesProblem(memory, raw, {
      id: item.id,
      request: item.request,
      nonce: item.nonce,
      fees: fee,
      from: wallet.address,
    });
    if (field !== undefined) return fail('rungs', `rung ${n + 1} says another ${field} than was approved`);
  }
  return pass('rungs', `${fees.length} transactions, each as approved`);
};

/** The receipt against seal and law of the bundle, as a reader with nodes judges it. */
const backingOf = ({ bundle, item, wallet, law, seal }: Subject, mined: Seen<FinalReceipt | undefined>): Backing => {
  const chain = chainOf(law, item.request.chainId);
  if (chain === undefined) return { kind: 'unverified', because: 'the law does not name its chain' };
  const { results } = bucketsOf(law.name);
  const value = sealFound(seal.entry, seal, item);
  return receiptBacking(bundle.receipt, { wallet, results, law: chain, sealLaw: law }, { value }, mined);
};

const onChain = (subject: Subject, { transaction, receipt, block, logs }: Included): readonly Check[] => {
  const { bundle, item, wallet } = subject;
  const told = bundle.receipt;
  const place = item.rungs.indexOf(receipt.transactionHash);
  const fees = rungFees(item.request)[place];
  const field =
    fees === undefined
      ? 'the mined transaction is none of the sealed ones'
      : bytesProblem(subject.memory, transaction.serialized, {
          id: item.id,
          request: item.request,
          nonce: item.nonce,
          fees,
          from: wallet.address,
        });
  const backing = backingOf(subject, { value: { receipt, block, logs } });
  return [
    judged(
      'block',
      block.hash === told.blockHash && block.number.toString() === told.blockNumber
        ? undefined
        : 'the header does not have the hash and number that the receipt names',
      `compare with any node of chain ${told.chainId}: block ${block.number}, hash ${block.hash}`,
    ),
    judged('transaction', field, `${receipt.transactionHash}, sent by ${getAddress(wallet.address)}`),
    judged(
      'receipt',
      backing.kind === 'chain' ? undefined : 'because' in backing ? backing.because : backing.kind,
      `${told.status}: each field follows from seal and block`,
    ),
  ];
};

/** Without a proof of the block, the receipt is compared with the seal alone. */
const offChain = (subject: Subject): readonly Check[] => {
  const because = `the bundle holds no ${CHAIN}: no node gave the block, or its encoding is not known here`;
  const backing = backingOf(subject, { unseen: 'NOT_FOUND' });
  return [
    unchecked('block', because),
    unchecked('transaction', because),
    backing.kind === 'seal' ? unchecked('receipt', because) : fail('receipt', 'it says something else than the seal'),
  ];
};

/** Block, mined transaction and receipt, from the bundle alone. */
export const chainChecks = async (subject: Subject): Promise<readonly Check[]> => {
  const bytes = subject.bundle.files.get(CHAIN);
  if (bytes === undefined) return offChain(subject);
  let included: Included;
  try {
    included = await subject.memory('chain', bytes, () => includedIn(chainOfBundle(bytes)));
  } catch (error) {
    const problem = wordsOf(error);
    return ['block', 'transaction', 'receipt'].map((name) => fail(name, problem));
  }
  return onChain(subject, included);
};

/** What the receipt says of it against the law; a block is final only in the eyes of nodes. */
export const finality = ({ bundle: { receipt }, law }: Subject): Check => {
  const chain = chainOf(law, receipt.chainId);
  if (chain === undefined) return fail('finality', 'the law does not name its chain');
  const wanted = chain.finality.kind === 'finalized' ? 'finalized' : `confirmations/${chain.finality.count}`;
  const witness = chain.trusted ? 'trusted-node' : 'quorum';
  return receipt.finality === wanted && receipt.witness === witness
    ? unchecked('finality', `only nodes can tell that its block is final (${wanted}, ${witness}): ask one for its hash`)
    : fail('finality', `the law says ${wanted} and ${witness}`);
};
