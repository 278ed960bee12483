import { beside, bookOf } from '#cli/addresses/book.ts';
import { bold, type Line } from '#cli/app/output.ts';
import { decimalText, inEther } from '#cli/app/units.ts';
import { callTree } from '#core/calls/call-tree.ts';
import type { Verdict } from '#core/policy.ts';
import { type Law, tokensOn, walletNamed } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Token } from '#schemas/tokens.ts';
import { callLines } from './call-words.ts';
import { beginning, bytesIn, selectorOf, type TokenCall, tokenCall } from './token-calls.ts';

const money = (wei: bigint): string => `${inEther(wei)} (${wei} wei)`;

const bareLines = (request: TransactionRequest, law: Law, verdict?: Verdict): readonly Line[] => {
  const value = BigInt(request.value);
  const { to, data } = request;
  if (to === '')
    return [
      bold(`CREATE A CONTRACT${value > 0n ? ` and give it ${money(value)}` : ''}`),
      `init code of ${bytesIn(data)} bytes, beginning ${beginning(data)}`,
    ];
  if (data === '0x') return [bold(`SEND ${money(value)} to ${to}`)];
  const first = bold(`CALL ${to}${value > 0n ? ` and SEND it ${money(value)}` : ', sending no ETH'}`);
  const call = tokenCall(request, law);
  if (call === undefined) {
    const { tokens } = tokensOn(law, request.chainId);
    const tree = callTree(request, tokens);
    return [first, ...(tree.content.kind === 'known' ? callLines(tree, tokens).map(bold) : unknownLines(request))];
  }
  const told = call.token === undefined ? undefined : namedWords(call, call.token, request, law);
  if (told === undefined) return [first, ...unnamedLines(call, to)];
  const rule = verdict?.kind === 'allowed' ? [`by rule ${verdict.rule} of your law`] : [];
  return [bold(told), first, ...rule];
};

/**
 * What the transaction does, one line each, the most important first, with the names of the law beside addresses. `verdict`: names the rule that
 * allows a payment in tokens.
 */
export const actionLines = (request: TransactionRequest, law: Law, verdict?: Verdict): readonly Line[] => {
  const book = bookOf(law, request.chainId);
  return bareLines(request, law, verdict).map((line) => beside(line, book));
};

const unknownLines = (request: TransactionRequest): readonly Line[] => {
  const { data } = request;
  const selector = selectorOf(request);
  return selector === undefined
    ? [`data of ${bytesIn(data)} bytes is no selector: ${data}`]
    : [
        `selector ${selector} is not one that keyturn can explain`,
        `data of ${bytesIn(data)} bytes, beginning ${beginning(data)}`,
      ];
};

/** Of a token that the law does not name. */
const unnamedLines = (call: TokenCall, token: string): readonly Line[] => {
  const amount = call.unlimited ? 'ANY AMOUNT' : `${call.amount} of its smallest units`;
  const what = {
    transfer: `transfer ${amount} to ${call.to}`,
    transferFrom: `transferFrom: move ${amount} from ${call.from} to ${call.to}`,
    approve: `approve: let ${call.to} spend ${amount}`,
    increaseAllowance: `increaseAllowance: let ${call.to} spend ${amount} more`,
    setApprovalForAll: `setApprovalForAll: ${call.approved === true ? 'give' : 'take'} ${call.to} power over every token`,
  }[call.name];
  return [bold(`if ${token} is a token: ${what}`), 'the transaction does not say how many decimals the token has'];
};

/** In the symbol and decimals that the co-signers accepted with the law. An ERC-721 call names one piece, by its id. */
const amountText = ({ amount = 0n, unlimited }: TokenCall, { symbol, decimals, standard }: Token): string => {
  if (unlimited) return `ANY AMOUNT of ${symbol}`;
  return standard === 'erc721' ? `piece ${amount} of ${symbol}` : `${decimalText(amount, decimals)} ${symbol}`;
};

/** Of a token that the law names. Undefined where its standard has no such call. */
const namedWords = (
  call: TokenCall,
  token: Token,
  { wallet: name }: TransactionRequest,
  law: Law,
): string | undefined => {
  if (token.standard === 'erc1155' && call.name !== 'setApprovalForAll') return undefined;
  const amount = amountText(call, token);
  const wallet = `wallet ${name} ${walletNamed(law, name)?.address ?? ''}`.trimEnd();
  switch (call.name) {
    case 'transfer':
      return `PAY ${amount} to ${call.to} from ${wallet}`;
    case 'transferFrom':
      return `MOVE ${amount} from ${call.from} to ${call.to}, as ${wallet}`;
    case 'approve':
      return `LET ${call.to} SPEND ${amount} of ${wallet}`;
    case 'increaseAllowance':
      return `LET ${call.to} SPEND ${amount} more of ${wallet}`;
    case 'setApprovalForAll':
      return call.approved === true
        ? `GIVE ${call.to} POWER OVER every ${token.symbol} of ${wallet}`
        : `TAKE from ${call.to} the power over every ${token.symbol} of ${wallet}`;
    /* v8 ignore next -- the compiler sees to it that no call is left @preserve */
    default:
      return call.name satisfies never;
  }
};
