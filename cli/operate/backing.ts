import { good, type Line, warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import {
  type Backing,
  type FinalReceipt,
  type FinalTransaction,
  outcomeBacking,
  receiptBacking,
} from '#core/decide/backing.ts';
import type { Seen } from '#core/decide/why.ts';
import { sealFound } from '#core/facts/chain-facts.ts';
import { keptLaw } from '#core/facts/kept-laws.ts';
import type { RequestFacts } from '#core/facts/lifecycle.ts';
import { minedAmong, readFinalBlock, readLogs } from '#core/facts/read-chain.ts';
import { SILENT_LOG } from '#core/ports.ts';
import { type Entry, MAX_ENTRY_BYTES, type RegisterRef, readEntry } from '#core/register/entry.ts';
import { limitsOf } from '#core/register/limits.ts';
import { readRegister } from '#core/register/read.ts';
import { type RegisterView, readSince } from '#core/register/rules.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { chainOf, type Law, walletNamed } from '#schemas/config.ts';
import type { OutcomeFact, ReceiptFact, RequestFact } from '#schemas/facts.ts';
import { sealSeqOf } from '#schemas/names.ts';
import { validUntilMs } from '#schemas/request.ts';
import { seen } from './overview.ts';

/** Entries that one outcome may cost. A register with more of them in its time is not read to the end. */
const MAX_ENTRIES = 2000;

/** One entry as it lies in the register, or as it was archived there. Undefined: none is there, or it is junk. */
interface Found {
  readonly name: string;
  readonly generation: string;
  readonly timeCreated: number;
  readonly entry: Entry;
}

/** A reading of register and chain. What several rows need is asked once. */
export interface Checker {
  /** Undefined where there is no outcome yet. */
  outcome(facts: RequestFacts): Promise<Backing | undefined>;
  receipt(receipt: ReceiptFact): Promise<Backing>;
  /** Whether one of these transactions is in a final block, and succeeded there. */
  isFinal(chainId: string, hashes: readonly string[]): Promise<Seen<boolean>>;
}

const remembered = <T>(work: (key: string) => Promise<T>): ((key: string) => Promise<T>) => {
  const known = new Map<string, Promise<T>>();
  return (key) => {
    const made = known.get(key) ?? work(key);
    known.set(key, made);
    return made;
  };
};

/** A cache that ends a reading which is too long. */
const counted = () => {
  const entries = new Map<string, Entry | 'junk'>();
  return {
    get: (key: string) => entries.get(key),
    set: (key: string, entry: Entry | 'junk') => {
      if (entries.size >= MAX_ENTRIES)
        throw new KeyturnError('TOO_LARGE', `the register holds more than ${MAX_ENTRIES} entries of that time`);
      entries.set(key, entry);
    },
  };
};

/** Checks outcomes and receipts for one command, by the reader's own rights and the reader's own nodes. */
export const checkerOf = ({ deployment, ports, clock }: Session): Checker => {
  const { law } = deployment.config;
  const { register, results } = deployment.buckets;

  const readOne = async (log: RegisterRef, name: string, generation: string): Promise<Found | undefined> => {
    if (sealSeqOf(name) === undefined) return undefined;
    const which = generation === '' ? {} : { generation };
    const content = await (await ports.storage()).read(register, name, { limit: MAX_ENTRY_BYTES, ...which });
    const entry = content && readEntry(content.bytes, name, log);
    return entry && { name, generation: content.object.generation, timeCreated: content.object.timeCreated, entry };
  };
  const readersOf = new Map<string, (place: string) => Promise<Seen<Found | undefined>>>();
  /** `generation` "": the live one. An archived one is as good: entries are judged by what they hold. */
  const entryOf = (log: RegisterRef, name: string, generation = ''): Promise<Seen<Found | undefined>> => {
    const key = `${log.chainId}/${log.address}`;
    const reader =
      readersOf.get(key) ??
      remembered((place: string) => {
        const [at = '', which = ''] = place.split('#');
        return seen(readOne(log, at, which));
      });
    readersOf.set(key, reader);
    return reader(`${name}#${generation}`);
  };

  const finalBlock = remembered(async (chainId: string): Promise<bigint> => {
    const chain = (await ports.chains()).of(chainId);
    return readFinalBlock(chain, chainOf(law, chainId));
  });
  /** Reads the final block first: a block that is final then cannot be undone by what is read after. */
  const finalMined = async (chainId: string, hash: string) => {
    const final = await finalBlock(chainId);
    const mined = await minedAmong((await ports.chains()).of(chainId), [hash]);
    return mined === undefined || mined.block.number > final ? undefined : mined;
  };

  /** One read where submitted.json names the seal: it is a hint, and the wallet's key signed what lies there. Else a listing. */
  const viewFor = async (
    outcome: OutcomeFact,
    fact: RequestFact,
    hint: string | undefined,
  ): Promise<Seen<RegisterView>> => {
    const log = { chainId: fact.request.chainId, address: fact.walletAddress, registerBucket: register };
    const since = readSince(validUntilMs(fact.request), clock.now(), limitsOf(law));
    // Junk in the register is for the operator's alarms: it backs nothing, and is no news here.
    const listing = async () => seen(readRegister(await ports.storage(), log, { since, cache: counted() }, SILENT_LOG));
    if (hint !== undefined && (outcome.outcome === 'finalized' || outcome.outcome === 'reverted')) {
      const live = await entryOf(log, hint);
      // What lies in its place, of whatever size, says nothing of the one that was archived there.
      if ('unseen' in live) return live.unseen === 'TOO_LARGE' ? listing() : live;
      if (live.value?.entry.kind === 'seal' && live.value.entry.items.some(({ id }) => id === outcome.id)) {
        const { seq } = live.value.entry;
        const entries = [{ ...live.value, seq, early: true }];
        return { value: { entries, taken: new Set([seq]), at: clock.now(), since } };
      }
    }
    return listing();
  };

  const finalTransaction = async (outcome: OutcomeFact, chainId: string): Promise<FinalTransaction | undefined> => {
    if (outcome.transactionHash === '') return undefined;
    const mined = await finalMined(chainId, outcome.transactionHash);
    if (mined === undefined) return undefined;
    const isForeign = outcome.outcome === 'superseded';
    const use = isForeign ? await (await ports.chains()).of(chainId).transaction(outcome.transactionHash) : undefined;
    return { ...mined, use };
  };

  const finalReceipt = async (chainId: string, hash: string): Promise<FinalReceipt | undefined> => {
    const mined = await finalMined(chainId, hash);
    if (mined === undefined) return undefined;
    return { ...mined, logs: await readLogs((await ports.chains()).of(chainId), mined) };
  };

  /** Undefined too where the reader may not read it: then no token that a receipt names is proven. */
  const lawOf = remembered(async (lawHash: string): Promise<Law | undefined> => {
    if (lawHash === deployment.config.lawHash) return law;
    const kept = await seen(ports.storage().then((storage) => keptLaw(storage, results, lawHash)));
    return 'unseen' in kept ? undefined : kept.value;
  });

  return {
    outcome: async (facts) => {
      const outcome = facts.outcome?.fact;
      const request = facts.request?.fact;
      if (outcome === undefined || request === undefined) return undefined;
      const [view, transaction] = await Promise.all([
        viewFor(outcome, request, facts.submitted?.fact.seal),
        seen(finalTransaction(outcome, request.request.chainId)),
      ]);
      return outcomeBacking(outcome, { request, limits: limitsOf(law) }, view, transaction);
    },
    receipt: async (receipt) => {
      const { chainId } = receipt;
      const wallet = walletNamed(law, receipt.wallet);
      const chainLaw = chainOf(law, chainId);
      if (wallet === undefined || chainLaw === undefined)
        return { kind: 'unverified', because: 'your law does not name its wallet or its chain' };
      const log = { chainId, address: wallet.address, registerBucket: register };
      const [live, mined] = await Promise.all([
        entryOf(log, receipt.seal, receipt.sealGeneration),
        seen(finalReceipt(chainId, receipt.transactionHash)),
      ]);
      const seal = sealIn(live, receipt.id);
      const sealLaw = 'unseen' in seal || seal.value === undefined ? undefined : await lawOf(seal.value.lawHash);
      return receiptBacking(receipt, { wallet, results, law: chainLaw, sealLaw }, seal, mined);
    },
    isFinal: (chainId, hashes) =>
      seen(
        Promise.all(hashes.map((hash) => finalMined(chainId, hash))).then((all) =>
          all.some((mined) => mined?.receipt.success === true),
        ),
      ),
  };
};

const sealIn = (live: Seen<Found | undefined>, id: string): Parameters<typeof receiptBacking>[2] => {
  if ('unseen' in live) return live;
  const { value } = live;
  const item = value?.entry.kind === 'seal' ? value.entry.items.find((each) => each.id === id) : undefined;
  if (value?.entry.kind !== 'seal' || item === undefined) return { value: undefined };
  return { value: sealFound(value.entry, value, item) };
};

/** One word for a column. */
export const backingWord = ({ kind }: Backing): Line => (kind === 'unverified' ? warn(kind) : kind);

/** What backs it, in words. */
export const backingLine = (backing: Backing): Line => {
  switch (backing.kind) {
    case 'chain':
      return [good('backed by the chain'), ': sealed by the wallet, and in a final block'];
    case 'close':
      return [good('backed by a close'), ' in the register, which seals nothing of it'];
    case 'seal':
      return [warn('backed by a seal only'), `: ${backing.because}`];
    case 'unverified':
      return [warn('unverified'), `: ${backing.because}`];
    default:
      return backing satisfies never;
  }
};

export const backingJson = (backing: Backing): { readonly kind: Backing['kind']; readonly because: string } => ({
  kind: backing.kind,
  because: 'because' in backing ? backing.because : '',
});
