import { emit, numberOf } from './emit.ts';
import { openFloor } from './floor-run.ts';
import { openLab } from './lab.ts';
import { wave } from './wave.ts';

/** So many requests in flight over several wallets, `--open N` and `--wallets N`, after one of each that boots its machine. */
const [open, count] = [numberOf('open', 1_000), numberOf('wallets', 8)];
const lab = await openLab({ moreWallets: Array.from({ length: count - 1 }, (_, n) => `wallet-${n + 2}`) });
const floor = await openFloor(lab);
try {
  const wallets = lab.config.law.wallets.map(({ name, address }) => ({ ...lab.wallet, name, address }));
  await wave(lab, wallets.length, wallets);
  const bare = await floor.run(open);
  const all = await wave(lab, open, wallets);
  const workload = all.after.get('workload');
  emit({
    perSecond: [(1_000 * open) / all.broadcast],
    perSecondFloor: [(1_000 * open) / bare.broadcast[0]],
    cpu: [all.cpu],
    // Of one of the machines: all of them do the same.
    growth: [(workload?.rss ?? 0) / all.half],
    peak: [workload?.peak ?? 0],
  });
} finally {
  await floor.close();
  await lab.close();
}
