import { KeyturnError } from '#schemas/codes.ts';
import type { Law, Wallet } from '#schemas/config.ts';

/** The wallet of the law that --wallet names. Throws USAGE: a name that was mistyped is a mistake of usage. */
export const walletGiven = (law: Pick<Law, 'wallets'>, given: string): Wallet => {
  const wallet = law.wallets.find(({ name }) => name === given);
  if (wallet !== undefined) return wallet;
  const names = law.wallets.map(({ name }) => name).join(', ');
  throw new KeyturnError('USAGE', `--wallet: your law knows no wallet ${given}, only ${names}`, { field: 'wallet' });
};
