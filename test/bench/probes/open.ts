import { emit, numberOf } from './emit.ts';
import { approve, openLab, publish } from './lab.ts';
import { usage } from './processes.ts';

/** Memory of launch and reconcile, at its highest, while `--open N` requests wait for co-signers. One of them is approved, so that launch has work. */
const open = numberOf('open', 1_000);
const TICKS = 3;
/** A wallet has room for 800 requests that nobody signed. */
const lab = await openLab({ operations: { idleSeconds: 3 }, moreWallets: ['wallet-2'] });
const wallets = lab.config.law.wallets.map(({ name, address }) => ({ ...lab.wallet, name, address }));
try {
  let accepted = 0;
  let ticks = 0;
  lab.watch(({ method, detail, phase }) => {
    if (method === 'storage.objects.insert' && phase === 'after' && detail.endsWith('/request.json')) accepted += 1;
  });
  const ids = Array.from({ length: open }, (_, n) => publish(lab, { wallet: wallets[n % 2] ?? lab.wallet }));
  await lab.until(`${open} accepted`, () => accepted === open);
  approve(lab, ids[0] ?? '');
  lab.watch(({ method, detail, phase }) => {
    if (method === 'pubsub.publish' && phase === 'after' && detail.includes('tick')) ticks += 1;
  });
  await lab.until('ticks', () => ticks > TICKS);
  const now = usage(lab);
  emit({ launch: [now.get('launch')?.peak ?? 0], reconcile: [now.get('reconcile')?.peak ?? 0] });
} finally {
  await lab.close();
}
