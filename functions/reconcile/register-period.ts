import { decideRegisterPeriod } from '#core/decide/register-period.ts';
import { errorFields } from '#core/error-fields.ts';
import type { Storage } from '#core/ports.ts';
import { MAX_ENTRY_BYTES, type RegisterRef, readEntry } from '#core/register/entry.ts';
import { takesFreshNonce } from '#core/register/rules.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { sealFolder } from '#schemas/names.ts';
import { timeText } from '#schemas/spellings.ts';

const DAY_MS = 86_400_000;
const PAGE_SIZE = 50;
/** Closes and junk above the newest seal: one request that ended unsigned each, so hundreds are nobody's ordinary day. */
const MAX_ENTRIES = 500;

type Newest = { readonly kind: 'seal'; readonly at: number } | { readonly kind: 'none' | 'buried' };

/** The newest names list first, so this is one LIST and mostly one GET, however long the history is. */
const newestSeal = async (storage: Storage, log: RegisterRef): Promise<Newest> => {
  let from: string | undefined;
  for (let seen = 0; seen < MAX_ENTRIES; ) {
    const page = await storage.list(log.registerBucket, sealFolder(log.chainId, log.address), {
      versions: true,
      limit: PAGE_SIZE,
      ...(from === undefined ? {} : { from }),
    });
    for (const { bucket, name, generation, size, timeCreated } of page.objects) {
      if (size > MAX_ENTRY_BYTES) continue;
      const content = await storage.read(bucket, name, { generation, limit: MAX_ENTRY_BYTES });
      const entry = content === undefined ? undefined : readEntry(content.bytes, name, log);
      // A replacement holds an old nonce: it proves nothing about the highest one.
      if (entry !== undefined && takesFreshNonce(entry)) return { kind: 'seal', at: timeCreated };
    }
    seen += PAGE_SIZE;
    from = page.next;
    if (from === undefined) return { kind: 'none' };
  }
  return { kind: 'buried' };
};

const checkPeriod = async (
  { storage, clock, law, log }: ReconcileContext,
  wallet: string,
  id: RegisterRef,
): Promise<void> => {
  const { chainId } = id;
  const newest = await newestSeal(storage, id);
  const fields = { wallet, chainId, code: 'REGISTER_PERIOD' };
  if (newest.kind === 'buried') {
    const reason = `there is no seal among its newest ${MAX_ENTRIES} entries`;
    return log.alarm('reconcile.register-period', { ...fields, reason });
  }
  const sealedAt = newest.kind === 'seal' ? newest.at : undefined;
  const period = decideRegisterPeriod(sealedAt, law.register.retentionSeconds * 1000, clock.now());
  if (sealedAt === undefined || period.kind === 'fine') return;
  log.alarm('reconcile.register-period', {
    ...fields,
    sealedAt: timeText(sealedAt),
    deletableAt: timeText(period.deletableAt),
    reason: 'its newest seal can soon be deleted: seal a new request, or extend the retention',
  });
};

/**
 * Alarms where the newest seal of a wallet on a chain nears the end of its retention. Once it is deleted, nothing proves which nonces are
 * used. It runs once a day for each log and process, so that it costs nothing. It uses the law's period, since the functions may not read
 * the bucket's own. A lab without a lock promises nothing that could end.
 */
export const checkPeriods = async (context: ReconcileContext): Promise<void> => {
  const { law, buckets, clock, log, periodChecks } = context;
  if (law.register.lock === 'off' || periodChecks === undefined) return;
  for (const { name, address, chains } of law.wallets)
    for (const { chainId } of chains) {
      const key = `${chainId}/${address}`;
      const now = clock.now();
      if (now - (periodChecks.get(key) ?? Number.NEGATIVE_INFINITY) < DAY_MS) continue;
      try {
        await checkPeriod(context, name, { chainId, address, registerBucket: buckets.register });
        periodChecks.set(key, now);
      } catch (error) {
        log.warn('reconcile.fault', { wallet: name, chainId, ...errorFields(error) });
      }
    }
};
