import type { Code } from '#schemas/codes.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { mustBeRead, unread } from './covered.ts';
import type { SealItem } from './entry.ts';
import { judgeNonce, noncesOf, type RegisterView, sealItems } from './rules.ts';

/** Bytes of requests in one batch: the entry must stay well below what readers take for an entry (1 MiB). One request always fits. */
export const MAX_BATCH_BYTES = 384 * 1024;

export interface PlanItem {
  readonly id: string;
  readonly request: TransactionRequest;
}

export interface Plan<T extends PlanItem> {
  readonly seal: readonly (T & { readonly nonce: bigint })[];
  readonly close: readonly { readonly id: string; readonly code: Code; readonly reason: string }[];
  readonly wait: readonly { readonly id: string; readonly code: 'NONCE_AHEAD' }[];
}

/** Nonces for a batch, in the order given: each request sees those before it as if they were sealed. Sealed and closed ones are left out. */
export const planBatch = <T extends PlanItem>(
  batch: readonly T[],
  view: RegisterView,
  startNonce: bigint,
  most: number,
): Plan<T> => {
  const seal: (T & { nonce: bigint })[] = [];
  const close: { id: string; code: Code; reason: string }[] = [];
  const wait: { id: string; code: 'NONCE_AHEAD' }[] = [];
  let seen = view;
  let bytes = 0;
  for (const item of batch) {
    if (seal.length >= most) break;
    if (noncesOf(item.id, view).size > 0 || isClosed(item.id, view)) continue;
    const size = JSON.stringify(item.request).length;
    if (seal.length > 0 && bytes + size > MAX_BATCH_BYTES) break;
    const verdict = judgeNonce(item.id, item.request, seen, startNonce);
    switch (verdict.kind) {
      case 'seal':
        bytes += size;
        seal.push({ ...item, nonce: verdict.nonce });
        seen = withPlanned(seen, item, verdict.nonce);
        break;
      case 'close': {
        // Only what is sealed may close a request: what this batch plans may yet come to nothing. Left out, it is judged again next time.
        const real = judgeNonce(item.id, item.request, view, startNonce);
        if (real.kind === 'close') close.push({ id: item.id, code: real.code, reason: real.reason });
        break;
      }
      case 'wait':
        wait.push({ id: item.id, code: verdict.code });
        break;
      /* v8 ignore next -- the compiler sees to it that no verdict is left @preserve */
      default:
        verdict satisfies never;
    }
  }
  return { seal, close, wait };
};

/** Ids that are sealed at this nonce: of a request and of its replacements. */
export const idsAt = (nonce: bigint, view: RegisterView): readonly string[] => {
  mustBeRead(view.covered, { nonce });
  return sealItems(view)
    .filter((item) => item.nonce === nonce)
    .map(({ id }) => id);
};

/** Has anything been sealed since then (ms)? */
export const isSealedSince = (at: number, view: RegisterView): boolean =>
  view.entries.some(({ entry, timeCreated }) => entry.kind === 'seal' && timeCreated >= at) ||
  unread(view.covered).some(({ note, timeCreated }) => note.kind === 'seal' && timeCreated >= at);

/** A close of an id that is visible at all: the workload never seals it, whatever the close is worth for announcing an outcome. */
export const isClosed = (id: string, view: RegisterView): boolean => {
  mustBeRead(view.covered, { ids: [id] });
  return view.entries.some(({ entry }) => entry.kind === 'close' && entry.items.some((item) => item.id === id));
};

/** Stands in a look for a request that is not sealed yet. */
const plannedItem = ({ id, request }: PlanItem, nonce: bigint): SealItem => ({
  ...{ id, nonce, request, rungs: [], approvals: [], rule: '', delay: null },
  ...{ tokensJudged: 'no', assets: [] },
});

const withPlanned = (view: RegisterView, item: PlanItem, nonce: bigint): RegisterView => ({
  ...view,
  entries: [
    ...view.entries,
    {
      name: '',
      generation: '',
      seq: -1n,
      timeCreated: view.at,
      early: false,
      entry: {
        kind: 'seal',
        seq: -1n,
        lawHash: '',
        checkpoint: null,
        items: [plannedItem(item, nonce)],
        evidence: '',
        rawHash: '',
      },
    },
  ],
});
