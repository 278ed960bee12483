import type { WindowRoom } from '#cli/console/api.ts';

/** How full a window is, in thousandths: a meter needs no more, and the exact sums stand beside it. */
export const fullness = ({ most, used }: Pick<WindowRoom, 'most' | 'used'>): number => {
  const [all, taken] = [BigInt(most), BigInt(used)];
  if (all === 0n) return 1000;
  return taken >= all ? 1000 : Number((taken * 1000n) / all);
};
