import type { Line, Span } from '#cli/app/output.ts';
import type { Law } from '#schemas/config.ts';

/** What the law of the reader says of an address, on one chain. */
export type Known =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'wallet'; readonly name: string; readonly signsHere: boolean }
  | { readonly kind: 'token'; readonly symbol: string }
  | { readonly kind: 'co-signer'; readonly name: string }
  | { readonly kind: 'requester'; readonly wallet: string };

/** By address (EIP-55). */
export type Book = ReadonlyMap<string, readonly Known[]>;

export type BookLaw = Pick<Law, 'chains' | 'wallets' | 'coSigners'>;

const entriesOf = ({ chains, wallets, coSigners }: BookLaw, chainId: string): readonly (readonly [string, Known])[] => {
  const chain = chains.find((one) => one.chainId === chainId);
  return [
    ...(chain?.names ?? []).map(({ address, name }) => [address, { kind: 'name', name }] as const),
    ...wallets.map((one) => {
      const signsHere = one.chains.some((each) => each.chainId === chainId);
      return [one.address, { kind: 'wallet', name: one.name, signsHere }] as const;
    }),
    ...(chain?.tokens ?? []).map(({ address, symbol }) => [address, { kind: 'token', symbol }] as const),
    ...coSigners.flatMap(({ name, requesters = [] }) =>
      requesters.map((address) => [address, { kind: 'co-signer', name }] as const),
    ),
    ...wallets.flatMap(({ name, policy: { requesters = [] } }) =>
      requesters.map((address) => [address, { kind: 'requester', wallet: name }] as const),
    ),
  ];
};

/** Names come from the reader's own law, which the image measures too, never from what is shown. */
export const bookOf = (law: BookLaw, chainId: string): Book => {
  const book = new Map<string, Known[]>();
  for (const [address, known] of entriesOf(law, chainId)) book.set(address, [...(book.get(address) ?? []), known]);
  return book;
};

/** Only a name of the book stands in quotes. So none can pass for a wallet, a token or a person of the law. */
export const knownText = (known: Known): string => {
  switch (known.kind) {
    case 'name':
      return `“${known.name}”`;
    case 'wallet':
      return `own wallet ${known.name}${known.signsHere ? '' : ', which does not sign on this chain'}`;
    case 'token':
      return `token ${known.symbol}`;
    case 'co-signer':
      return `requester of co-signer ${known.name}`;
    case 'requester':
      return `requester of wallet ${known.wallet}`;
    default:
      return known satisfies never;
  }
};

/** All that is known of an address, in words; undefined where the law does not know it. */
export const labelOf = (book: Book, address: string): string | undefined =>
  book.get(address)?.map(knownText).join(', ');

const ADDRESS = /(?<![0-9A-Za-z])0x[0-9A-Fa-f]{40}(?![0-9A-Fa-f])/g;

const besideText = (text: string, book: Book): string =>
  text.replace(ADDRESS, (address, at: number) => {
    const before = text.slice(0, at);
    const known = (book.get(address) ?? []).filter(
      // "from wallet treasury 0x…" has its name already.
      (one) => one.kind !== 'wallet' || !before.endsWith(`wallet ${one.name} `),
    );
    return known.length === 0 ? address : `${address} (${known.map(knownText).join(', ')})`;
  });

const besideSpan = (span: Span, book: Book): Span =>
  typeof span === 'string' ? besideText(span, book) : { ...span, text: besideText(span.text, book) };

const isSpan = (line: Line): line is Span => typeof line === 'string' || 'text' in line;

/** The line, with what the law knows of each address behind it. An address is never shortened or left out. */
export const beside = (line: Line, book: Book): Line =>
  isSpan(line) ? besideSpan(line, book) : line.map((span) => besideSpan(span, book));
