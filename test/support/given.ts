import type { RequestFacts, Stored } from '#core/facts/lifecycle.ts';
import type { StoredObject } from '#core/ports.ts';
import { type Law, parseConfig, parseLaw } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import type { Fact, FactKind, OutcomeFact, RequestFact, SubmittedFact } from '#schemas/facts.ts';
import { bucketsOf } from '#schemas/names.ts';
import { coSignersWith, plainLaw, plainOperations, plainWallet, requestOf, splitOf } from './law.ts';

/**
 * The deployment of the tables: one wallet `hot` on chain 31337, 2 of 3 (alice, bob, holder-3). Its request is the plain one of
 * test/support/law.ts: 1 ETH, reference `invoice-1` of requester `dapp`, valid until 2030-01-01T00:00:00Z.
 */
type Fields = Readonly<Record<string, unknown>>;

const SPLIT = splitOf(2, 3);

/** The law, with what differs in its wallet and in itself. */
export const lawWith = (wallet: Fields = {}, over: Fields = {}): Law =>
  parseLaw(plainLaw([plainWallet(SPLIT, wallet)], over)).law;

/** The law, with co-signers who ask from addresses of their own. */
export const lawTied = (tied: Readonly<Record<string, readonly string[]>>, wallet: Fields = {}): Law =>
  lawWith(wallet, { coSigners: coSignersWith(tied) });

export const LAW = lawWith();
export const OPERATIONS = parseConfig({
  law: plainLaw([plainWallet(SPLIT)]),
  operations: plainOperations(),
}).operations;
export const LAW_HASH = 'e'.repeat(64);
const [WALLET] = LAW.wallets;
if (WALLET === undefined) throw new Error('no wallet');
export const HOT = WALLET;
export const REGISTER = bucketsOf(LAW.name).register;

/** ms */
export const time = (text: string): number => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`${text} is no time`);
  return ms;
};

export const requestFact = (fields: Fields = {}): RequestFact => {
  const request = requestOf(fields);
  return { id: digestOf(request, HOT.address, REGISTER), walletAddress: HOT.address, lawHash: LAW_HASH, request };
};

export const objectOf = (name: string, over: Partial<StoredObject> = {}): StoredObject => ({
  bucket: 'lab-bucket',
  name,
  generation: '1',
  metageneration: '1',
  size: 200,
  timeCreated: 0,
  metadata: {},
  live: true,
  ...over,
});

/** What is stored about one request, each fact by what matters of it. */
export interface Story {
  /** Fields of the stored request that differ from the plain one. */
  readonly request?: Fields;
  /** What is stored is not what was asked: fields of the fact that somebody altered. */
  readonly altered?: Partial<RequestFact>;
  /** Co-signers whose shares made a turn due. */
  readonly approved?: readonly string[];
  readonly submitted?: Partial<SubmittedFact>;
  readonly outcome?: OutcomeFact['outcome'];
  readonly withdrawn?: 'by its requester';
  readonly knownBad?: RequestFacts['knownBad'];
}

const stored = <K extends FactKind>(name: string, fact: Fact<K>): Stored<K> => ({ object: objectOf(name), fact });

export const factsOf = (story: Story): RequestFacts => {
  const asked = requestFact(story.request);
  const { id } = asked;
  const { wallet, requester } = asked.request;
  const submitted: SubmittedFact = {
    ...{ id, wallet, chainId: '31337', from: HOT.address, nonce: '7', approvedBy: ['alice', 'bob'] },
    transactionHashes: [`0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`],
    seal: 'seals/31337/…/999999999999',
    ...story.submitted,
  };
  const outcome = { id, wallet, code: '', reason: '', transactionHash: '', blockNumber: '', receipt: '' } as const;
  return {
    id,
    request: story.request === undefined ? undefined : stored('request', { ...asked, ...story.altered }),
    approved: story.approved && stored('approved', { id, wallet, coSigners: story.approved }),
    submitted: story.submitted && stored('submitted', submitted),
    outcome: story.outcome && stored('outcome', { ...outcome, outcome: story.outcome }),
    withdrawn: story.withdrawn && stored('withdrawn', { id, wallet, requester }),
    knownBad: story.knownBad ?? [],
  };
};

export { requestOf };
