import type { LabOptions } from '#local/lab/lab.ts';

/** What the pages are run in: any 2 of alice, bob and carol. What is above an ether waits, so that a page can show a veto. */
export const PAGES_LAB: Partial<LabOptions> = {
  threshold: 2,
  coSigners: 3,
  law: (usual) => ({
    ...usual,
    wallets: usual.wallets.map((wallet) => ({
      ...wallet,
      policy: { ...wallet.policy, delays: [{ name: 'large', seconds: 300, aboveWei: `${10n ** 18n}` }] },
    })),
  }),
};
