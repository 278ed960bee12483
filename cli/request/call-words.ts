import { decimalText, inEther } from '#cli/app/units.ts';
import { allCalls, type CallNode, causeText } from '#core/calls/call-tree.ts';
import type { AbiValue } from '#core/calls/decode.ts';
import { isEndless, UNLIMITED, unitsOf } from '#core/calls/moves.ts';
import { timeText } from '#schemas/spellings.ts';
import type { Token } from '#schemas/tokens.ts';

/** Calls in words: who gets what, who may take what. Decoded as the policy decodes them, and so never guessed. */
type Tokens = readonly Token[];

const tokenAt = (address: string, tokens: Tokens): Token | undefined => tokens.find((one) => one.address === address);

const text = (value: AbiValue | undefined): string => (typeof value === 'string' ? value : String(value));
const list = (value: AbiValue | undefined): readonly AbiValue[] => (Array.isArray(value) ? value : []);

/** An amount of the token at `contract`, as the law counts it. */
export const amountOf = (value: AbiValue | undefined, contract: string, tokens: Tokens): string => {
  const token = tokenAt(contract, tokens);
  if (typeof value === 'bigint' && isEndless(value)) return `ANY AMOUNT of ${token?.symbol ?? `token ${contract}`}`;
  if (token === undefined) return `${text(value)} smallest units of token ${contract}`;
  if (token.standard === 'erc721') return `piece ${text(value)} of ${token.symbol}`;
  return typeof value === 'bigint' ? `${decimalText(value, token.decimals)} ${token.symbol}` : '';
};

const pieceOf = (id: AbiValue | undefined, contract: string, tokens: Tokens): string =>
  `piece ${text(id)} of ${tokenAt(contract, tokens)?.symbol ?? `token ${contract}`}`;

/** A time of a contract: seconds, where it is a time that a clock can show. */
const until = (value: AbiValue | undefined): string =>
  typeof value === 'bigint' && value < 253_402_300_800n
    ? `until ${timeText(Number(value) * 1000)}`
    : 'without an end in time';

const knownWords = ({ to, content }: CallNode, tokens: Tokens): string => {
  if (content.kind !== 'known') return '';
  const { function: called, values } = content;
  const [a, b, c, d, e] = values;
  const amount = (value: AbiValue | undefined) => amountOf(value, to, tokens);
  const name = tokenAt(to, tokens)?.symbol ?? `token ${to}`;
  switch (called.known) {
    case 'transfer':
      return `PAY ${amount(b)} to ${text(a)}`;
    case 'transferFrom':
      return `MOVE ${amount(c)} from ${text(a)} to ${text(b)}`;
    case 'approve':
      return `LET ${text(a)} SPEND ${amount(b)}`;
    case 'increaseAllowance':
      return `LET ${text(a)} SPEND ${amount(b)} more`;
    case 'decreaseAllowance':
      return `LET ${text(a)} SPEND ${amount(b)} less`;
    case 'permit':
      return `LET ${text(b)} SPEND ${amount(c)} of ${text(a)} ${until(d)}, by a signature of ${text(a)}`;
    case 'permitAllowed':
      return e === false
        ? `TAKE from ${text(b)} what it may spend of ${name} of ${text(a)}`
        : `LET ${text(b)} SPEND ANY AMOUNT of ${name} of ${text(a)}, by a signature of ${text(a)}`;
    case 'setApprovalForAll':
      return b === false
        ? `TAKE from ${text(a)} the power over every ${name}`
        : `GIVE ${text(a)} POWER OVER every ${name}, now and later`;
    case 'safeTransferFrom':
    case 'safeTransferFromWithData':
      return `MOVE ${pieceOf(c, to, tokens)} from ${text(a)} to ${text(b)}`;
    case 'safeTransferFromOfMany':
      return `MOVE ${text(d)} of ${pieceOf(c, to, tokens)} from ${text(a)} to ${text(b)}`;
    case 'safeBatchTransferFrom': {
      const pieces = list(c).map((id, n) => `${text(list(d)[n])} of ${pieceOf(id, to, tokens)}`);
      return `MOVE ${pieces.join(' and ')} from ${text(a)} to ${text(b)}`;
    }
    case 'execTransaction':
      return values[6] === 0n ? `as Safe ${to}, the call below` : `as Safe ${to}, the call below, AND PAY BACK ITS GAS`;
    case 'aggregate':
    case 'blockAndAggregate':
    case 'tryAggregate':
    case 'tryBlockAndAggregate':
    case 'aggregate3':
    case 'aggregate3Value':
    case 'multicall':
    case 'multicallUntil':
    case 'multiSend':
      return `the calls below, by ${to}`;
    default:
      return called.known satisfies never;
  }
};

const wordsOf = (node: CallNode, tokens: Tokens): string => {
  const { to, content, data, value } = node;
  switch (content.kind) {
    case 'plain':
      return `SEND ${inEther(value)} to ${to}`;
    case 'creation':
      return 'CREATE A CONTRACT';
    case 'unknown':
      return `CALL ${to}: selector ${data.slice(0, 10)} is not one that keyturn can explain`;
    case 'refused':
      return `CALL ${to}, which ${causeText(content.cause)}: no rule allows it`;
    case 'known':
      return knownWords(node, tokens);
    default:
      return content satisfies never;
  }
};

/** One line for each call, outermost first. Ether that goes with a call is told with it. */
export const callLines = (tree: CallNode, tokens: Tokens): readonly string[] =>
  allCalls(tree).map((node) => {
    const sends = node.value > 0n && node.place !== '' && node.content.kind !== 'plain';
    const where = node.place === '' ? '' : `${node.place}. `;
    return `${where}${wordsOf(node, tokens)}${sends ? `, and SEND ${inEther(node.value)} to ${node.to}` : ''}`;
  });

/** Who could take all there is, by a call anywhere within: each with the token. */
export const endlessIn = (
  tree: CallNode,
  tokens: Tokens,
): readonly { readonly spender: string; readonly token: string }[] =>
  allCalls(tree).flatMap(({ to, content }) => {
    if (content.kind !== 'known') return [];
    const { function: called, values } = content;
    const token = tokenAt(to, tokens);
    if (unitsOf(called.known, values, token?.standard ?? 'erc20')?.allows !== UNLIMITED) return [];
    const isPermit = called.known === 'permit' || called.known === 'permitAllowed';
    return [{ spender: text(values[isPermit ? 1 : 0]), token: token?.symbol ?? `token ${to}` }];
  });
