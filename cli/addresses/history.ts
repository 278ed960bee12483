import type { Session } from '#cli/app/session.ts';
import type { Checker } from '#cli/operate/backing.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { SILENT_LOG } from '#core/ports.ts';
import type { EntryCache } from '#core/register/entry-cache.ts';
import { readRegister } from '#core/register/read.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Law, Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { type Earlier, earlierIn, type GettingRole, gettingRoles, partiesIn, type SealedRequest } from './earlier.ts';

/** Seals that are read, the newest first: each holds up to 20 requests. */
const MOST_SEALS = 300;
/** Earlier requests to one address of which the chain is asked, the newest first. */
const MOST_ASKED = 3;
/** Addresses of one request of which the chain is asked, each for what it gets. */
const MOST_PARTIES = 16;

/**
 * Whether the wallet did the same with an address before. `final`: sealed by the wallet's key, and in a final block of the reader's nodes. `open`: of
 * its newest requests none was seen there. `sealed`: the chain was not seen. `asked`: of how many the chain was asked.
 */
export type Before =
  | { readonly kind: 'never' }
  | { readonly kind: 'final'; readonly times: number; readonly at: number }
  | { readonly kind: 'open'; readonly times: number; readonly asked: number }
  | { readonly kind: 'sealed'; readonly times: number; readonly because: string };

/** What is known of the wallet's past on the chain, and how far back. `why`: in words, where it is not known here. */
export type History =
  | {
      readonly kind: 'known';
      readonly earlier: Earlier;
      /** Whether that is all that the register holds. */
      readonly whole: boolean;
      /** By address, then by what it gets by this request: one that was paid before may never have been let spend. */
      readonly before: ReadonlyMap<string, ReadonlyMap<GettingRole, Before>>;
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface Looked {
  readonly id: string;
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly law: Pick<Law, 'chains'>;
  /** Seals that are read, at least. */
  readonly most?: number;
}

/** Entries that one look may cost beside those that are known. Whoever may close requests can make many between two seals. */
const MOST_ENTRIES = 2000;

const bounded = (cache: EntryCache): EntryCache => {
  let read = 0;
  return {
    get: (key) => cache.get(key),
    set: (key, entry, bytes) => {
      if (read >= MOST_ENTRIES)
        throw new KeyturnError(
          'TOO_LARGE',
          `the register holds more than ${MOST_ENTRIES} entries beside its newest seals`,
        );
      read++;
      return cache.set(key, entry, bytes);
    },
  };
};

const chainWords = (code: string): string =>
  code === 'PERMISSION_DENIED' ? 'you may not ask the chain' : `the chain could not be asked (${code})`;

/** Asks the chain for the newest of them, one after the other, until one is seen in a final block. */
const standingOf = async (
  checker: Pick<Checker, 'isFinal'>,
  chainId: string,
  sealed: readonly SealedRequest[],
): Promise<Before> => {
  const times = sealed.length;
  const newest = sealed.slice(0, MOST_ASKED);
  for (const { item, at } of newest) {
    const answer = await checker.isFinal(chainId, item.rungs);
    if ('unseen' in answer) return { kind: 'sealed', times, because: chainWords(answer.unseen) };
    if (answer.value) return { kind: 'final', times, at };
  }
  return { kind: 'open', times, asked: newest.length };
};

const standings = async (
  { request, wallet, law }: Looked,
  earlier: Earlier,
  checker: Pick<Checker, 'isFinal'>,
): Promise<ReadonlyMap<string, ReadonlyMap<GettingRole, Before>>> => {
  const getting = partiesIn(request, wallet, law).flatMap((party) =>
    gettingRoles(party).map((role) => ({ address: party.address, role })),
  );
  const found = await mapSome([...getting.entries()], async ([n, { address, role }]): Promise<Before> => {
    const sealed = earlier.parties.get(address)?.get(role) ?? [];
    if (sealed.length === 0) return { kind: 'never' };
    if (n >= MOST_PARTIES) return { kind: 'sealed', times: sealed.length, because: 'the chain was asked of others' };
    return standingOf(checker, request.chainId, sealed);
  });
  const before = new Map<string, Map<GettingRole, Before>>();
  for (const [n, { address, role }] of getting.entries()) {
    const one = found[n];
    const byRole = before.get(address) ?? new Map<GettingRole, Before>();
    if (one !== undefined) before.set(address, byRole.set(role, one));
  }
  return before;
};

/**
 * What this wallet did on this chain before, by the register alone, which the wallet's key signed. Who may not read it is told so. One LIST for
 * 200 entries, a GET for each of the newest 300 seals that `cache` does not hold.
 */
export const historyOf = async (
  { deployment, ports }: Pick<Session, 'deployment' | 'ports'>,
  looked: Looked,
  checker: Pick<Checker, 'isFinal'>,
  cache: EntryCache,
): Promise<History> => {
  const { request, wallet, id, most = MOST_SEALS } = looked;
  const log = {
    registerBucket: deployment.buckets.register,
    chainId: request.chainId,
    address: wallet.address,
  };
  try {
    // Every seal is older than `since`, and nothing is called so: the newest ones are read, or all.
    const range = { since: Number.POSITIVE_INFINITY, wanted: new Set(['']), deepest: most - 1 };
    const view = await readRegister(await ports.storage(), log, { ...range, cache: bounded(cache) }, SILENT_LOG);
    const earlier = earlierIn(view, { id, wallet }, looked.law);
    const seals = view.entries.filter(({ entry }) => entry.kind === 'seal');
    const whole = seals.length < most || seals.some(({ seq }) => seq === 0n);
    return { kind: 'known', earlier, whole, before: await standings(looked, earlier, checker) };
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    const why =
      error.code === 'PERMISSION_DENIED' ? 'you may not read the register' : `${error.code}: ${error.message}`;
    return { kind: 'unknown', why };
  }
};
