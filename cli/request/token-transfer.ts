import { Interface } from 'ethers';
import { parseTokenAmount } from '#cli/app/units.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Law, tokensOn } from '#schemas/config.ts';
import { address } from '#schemas/spellings.ts';
import type { Token } from '#schemas/tokens.ts';

const ERC20 = new Interface(['function transfer(address to, uint256 amount)']);

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

/** By its symbol in the law, letter by letter: what a contract calls itself decides nothing. */
const tokenOf = (law: Pick<Law, 'chains'>, chainId: string, symbol: string): Token => {
  const { tokens } = tokensOn(law, chainId);
  const token = tokens.find((one) => one.symbol === symbol);
  const names = tokens.map((one) => one.symbol).join(', ');
  if (token === undefined)
    throw usage(
      'token',
      names === ''
        ? `--token: the law names no token of chain ${chainId}. Give --data instead`
        : `--token: the law knows no ${symbol} on chain ${chainId}, only ${names}`,
    );
  if (token.standard !== 'erc20')
    throw usage('token', `--token: ${symbol} is ${token.standard}, whose pieces have no amount. Give --data instead`);
  return token;
};

/** The call that pays `amount`, such as "12.5", of a token to `to`. Throws USAGE naming the option. */
export const tokenTransfer = (
  law: Pick<Law, 'chains'>,
  chainId: string,
  { token: symbol, amount, to }: { readonly token: string; readonly amount: string; readonly to: string },
): { readonly to: string; readonly data: string } => {
  const token = tokenOf(law, chainId, symbol);
  const problem = address(to);
  if (problem !== undefined) throw usage('to', `--to: ${problem}`);
  if (to === token.address)
    throw usage('to', `--to: is the contract of ${symbol} itself, where nobody could take it out again`);
  const units = parseTokenAmount(amount, token, '--amount');
  return { to: token.address, data: ERC20.encodeFunctionData('transfer', [to, units]) };
};
