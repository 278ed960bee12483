import type { Stored } from '#core/facts/lifecycle.ts';
import type { StoredObject } from '#core/ports.ts';
import { initiatorsOf } from '#core/shares/initiators.ts';
import { listRejection, listUploads, type ShareObjects, shareObjectsOf, type Votes } from '#core/shares/list.ts';
import { type ShareState, shareState } from '#core/shares/quorum.ts';
import type { Context } from '#functions/runtime/context.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { coSignerNamed, type Wallet } from '#schemas/config.ts';
import type { ShareLocation } from '#schemas/names.ts';

/** What a share that came is counted with: that of a request which no rule delays, and which was not approved before. */
interface Counting {
  readonly request: Stored<'request'>;
  readonly wallet: Wallet;
  /** Approvals that the policy asks for. */
  readonly needed: number;
}

/**
 * The votes, listed as far as they can change whether enough approve. First comes the place of the share that is told, then as many others at a
 * time as are still missing. A veto is looked for in the places of those who approve. Every other rejection tells of itself, and the turn lists
 * all of them before it seals.
 */
class Count {
  readonly #context: Context;
  readonly #counting: Counting;
  readonly #shares = new Map<string, readonly StoredObject[]>();
  /** Of those who were asked for a veto. */
  readonly #rejections = new Map<string, StoredObject | undefined>();
  readonly #unreachable = new Map<string, Code>();

  constructor(context: Context, counting: Counting) {
    this.#context = context;
    this.#counting = counting;
  }

  get objects(): ShareObjects {
    const found = [...this.#shares].map(([coSigner, shares]): [string, Votes] => [
      coSigner,
      { shares, rejection: this.#rejections.get(coSigner) },
    ]);
    return shareObjectsOf(this.#counting.wallet, new Map(found), this.#unreachable);
  }

  get state(): ShareState {
    const { request, wallet, needed } = this.#counting;
    const { shares, rejections } = this.objects;
    return shareState({
      wallet,
      needed,
      shares,
      rejections: new Set(rejections.keys()),
      initiators: initiatorsOf(request.fact.request, this.#context.law),
      knownBad: [],
    });
  }

  async list(coSigner: string): Promise<void> {
    await this.#at(coSigner, async (location, id) => {
      this.#shares.set(coSigner, await listUploads(this.#context.storage, location, id));
    });
  }

  async askForVeto(coSigner: string): Promise<void> {
    await this.#at(coSigner, async (location, id) => {
      this.#rejections.set(coSigner, await listRejection(this.#context.storage, location, id));
    });
  }

  unasked({ countable }: ShareState): readonly string[] {
    return countable.filter((coSigner) => !this.#rejections.has(coSigner));
  }

  /** One whose place cannot be listed shows nothing, and must not keep the others from approving. */
  async #at(coSigner: string, run: (location: ShareLocation, id: string) => Promise<void>): Promise<void> {
    const location = coSignerNamed(this.#context.law, coSigner)?.shareLocation;
    if (location === undefined) return;
    try {
      await run(location, this.#counting.request.fact.id);
    } catch (error) {
      if (!isKeyturnError(error)) throw error;
      this.#shares.delete(coSigner);
      this.#unreachable.set(coSigner, error.code);
    }
  }
}

/** Votes after a share came from `coSigner`. What is not listed could not have changed that enough approve. */
export const votesWith = async (context: Context, coSigner: string, counting: Counting): Promise<ShareObjects> => {
  const count = new Count(context, counting);
  const { initiators } = count.state;
  const holders = counting.wallet.holders.map((holder) => holder.coSigner);
  const own = holders.filter((each) => each === coSigner);
  const left = [...own, ...holders.filter((each) => each !== coSigner && !initiators.includes(each))];
  for (;;) {
    const { state } = count;
    const unasked = count.unasked(state);
    if (state.enough ? unasked.length === 0 : left.length === 0) return count.objects;
    if (state.enough) await Promise.all(unasked.map((each) => count.askForVeto(each)));
    else await Promise.all(left.splice(0, counting.needed - state.countable.length).map((each) => count.list(each)));
  }
};
