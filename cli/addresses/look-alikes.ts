import type { Party } from '#core/calls/parties.ts';
import { isSigner } from '#schemas/spellings.ts';
import { differenceMarks, endsOf, type SameEnds, sameEnds } from './alike.ts';
import { type Book, labelOf } from './book.ts';
import type { History } from './history.ts';

/** An address of a request that can be taken for another one. */
export interface LookAlike extends SameEnds {
  readonly address: string;
  readonly known: string;
  /** Where the other one is known from. */
  readonly because: string;
}

/** What a careful person would want pointed out. `critical`: money may go to a thief. `detail`: lines that belong together. */
export interface Warning {
  readonly text: string;
  readonly critical?: true;
  readonly detail?: readonly string[];
}

/** Addresses that a reader may think of, each once: of the law, those that the wallet dealt with before, and those that asked. */
const familiar = (book: Book, history: History | undefined): ReadonlyMap<string, string> => {
  const earlier = history?.kind === 'known' ? history.earlier : undefined;
  const dealt = earlier?.parties ?? new Map<string, ReadonlyMap<string, unknown>>();
  const askers = new Set((earlier?.sealed ?? []).map(({ item }) => item.request.requester).filter(isSigner));
  const because = (address: string): string => {
    const [known, roles] = [labelOf(book, address), dealt.get(address)];
    const law = known === undefined ? [] : [`which your law knows: ${known}`];
    const past = roles?.has('payee') ? 'which this wallet paid before' : 'with which this wallet dealt before';
    const asked = askers.has(address) ? ['which asked this wallet before'] : [];
    return [...law, ...(roles === undefined ? [] : [past]), ...asked].join(', and ');
  };
  return new Map([...dealt.keys(), ...askers, ...book.keys()].map((address) => [address, because(address)]));
};

/** Every pair, also where the address itself is known: of two that look alike, one may have got into the book by mistake. */
export const lookAlikes = (
  parties: readonly Party[],
  book: Book,
  history: History | undefined,
): readonly LookAlike[] => {
  const others = Map.groupBy(familiar(book, history), ([known]) => endsOf(known));
  return [...new Set(parties.map(({ address }) => address))].flatMap((address) =>
    (others.get(endsOf(address)) ?? []).flatMap(([known, because]): LookAlike[] => {
      const same = sameEnds(address, known);
      return same === undefined ? [] : [{ address, known, because, ...same }];
    }),
  );
};

const digits = (count: number): string => `${count} ${count === 1 ? 'digit' : 'digits'}`;

export const lookAlikeWarning = ({ address, known, because, first, last }: LookAlike, book: Book): Warning => {
  const label = labelOf(book, address);
  return {
    critical: true,
    text: `LOOK-ALIKE: ${address}${label === undefined ? '' : ` (${label})`} IS NOT ${known}, ${because}. The first ${digits(first)} and the last ${digits(last)} are the same`,
    detail: [`asked: ${address}`, `known: ${known}`, `       ${differenceMarks(address, known)}`.trimEnd()],
  };
};
