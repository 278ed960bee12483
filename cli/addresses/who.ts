import { bad, dim, type Line, warn } from '#cli/app/output.ts';
import type { Party } from '#core/calls/parties.ts';
import { chainOf, type Law, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import { isSigner, timeText } from '#schemas/spellings.ts';
import { type Book, type BookLaw, bookOf, labelOf } from './book.ts';
import { type GettingRole, gettingRoles, partiesIn } from './earlier.ts';
import type { Before, History } from './history.ts';
import { lookAlikes, lookAlikeWarning, type Warning } from './look-alikes.ts';

/** A request, and what is known of the addresses in it. */
export interface Addressed {
  readonly request: TransactionRequest;
  readonly wallet: Wallet;
  readonly law: Law;
  /** Absent: not looked up. */
  readonly history?: History;
}

const DEEDS: Readonly<Record<GettingRole, { readonly does: string; readonly first: string; readonly never: string }>> =
  {
    payee: { does: 'is paid', first: 'FIRST PAYMENT', never: 'never paid' },
    spender: { does: 'may spend', first: 'FIRST APPROVAL', never: 'never let spend' },
    target: { does: 'is called', first: 'FIRST CALL', never: 'never called' },
    argument: { does: 'stands in a call', first: 'FIRST USE', never: 'never named in a call' },
  };

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** Of how many the chain was asked, and none was seen there. */
const openWords = ({ times: count, asked }: Extract<Before, { kind: 'open' }>): string =>
  `sealed ${times(count)} before, and your nodes show ${asked === count ? 'none of them' : `none of the newest ${asked}`} in a final block`;

const beforeLine = (before: Before | undefined, history: History | undefined): Line => {
  if (history === undefined) return dim('whether before was not looked up');
  if (history.kind === 'unknown') return warn(`whether before is not known (${history.why})`);
  switch (before?.kind) {
    case undefined:
    case 'never':
      return warn('for the first time');
    case 'final':
      return `${times(before.times)} before; one that was sealed at ${timeText(before.at)} is in a final block`;
    case 'open':
      return warn(openWords(before));
    case 'sealed':
      return `${times(before.times)} before, by the register alone: ${before.because}`;
    default:
      return before satisfies never;
  }
};

const spansOf = (line: Line) => (typeof line === 'string' || 'text' in line ? [line] : line);

const beforeOf = (history: History | undefined, address: string, role: GettingRole): Before | undefined =>
  history?.kind === 'known' ? history.before.get(address)?.get(role) : undefined;

/** Each address that the request pays, empowers or calls, with its name in the law. Below it, for each of these, whether the wallet did so before. */
export const whoLines = ({ request, wallet, law, history }: Addressed): readonly Line[] => {
  const book = bookOf(law, request.chainId);
  return partiesIn(request, wallet, law).flatMap((party): Line[] => {
    const { address } = party;
    const roles = gettingRoles(party);
    const label = labelOf(book, address);
    if (roles.length === 0 || address === wallet.address) return [];
    return [
      `${address} (${label ?? 'without a name in your law'})`,
      ...roles.map((role) => [
        `  ${DEEDS[role].does}; `,
        ...spansOf(beforeLine(beforeOf(history, address, role), history)),
      ]),
      ...lookAlikes([party], book, history).map((one) => bad(`  LOOKS LIKE ${one.known}, and is another`)),
    ];
  });
};

/** How far back was looked. */
const scopeWords = (history: Extract<History, { kind: 'known' }>, chain: string): string => {
  const { whole, earlier } = history;
  const count = earlier.sealed.length;
  const requests = `${count} ${count === 1 ? 'request' : 'requests'}`;
  if (whole) return `The register seals ${requests} of this wallet on ${chain} beside this one, and none of them did`;
  const oldest = earlier.sealed.at(-1)?.at ?? 0;
  return `None of the newest ${requests} that the register seals on ${chain} did; they go back to ${timeText(oldest)}, and older ones were not read`;
};

/** One for each thing that the address gets for the first time: a payment beside it must not hide that it may spend. */
const firstWarnings = ({ wallet, law, request, history }: Addressed, party: Party, book: Book): readonly Warning[] => {
  const { address } = party;
  if (address === wallet.address || history?.kind !== 'known') return [];
  const label = labelOf(book, address);
  const who = `${address}${label === undefined ? '' : ` (${label})`}`;
  return gettingRoles(party).flatMap((role): Warning[] => {
    const before = beforeOf(history, address, role);
    const { first, never } = DEEDS[role];
    if (before?.kind === 'never') {
      const chain = chainOf(law, request.chainId)?.name ?? `chain ${request.chainId}`;
      return [{ text: `${first}: wallet ${wallet.name} ${never} ${who}. ${scopeWords(history, chain)}` }];
    }
    return before?.kind === 'open' ? [{ text: `${first} that could be seen: ${who} was ${openWords(before)}` }] : [];
  });
};

/** A requester that signs is an address too, and its key can be sought until it looks like another one. */
const askersOf = ({ requester }: TransactionRequest): readonly Party[] =>
  isSigner(requester) ? [{ address: requester, roles: ['named'] }] : [];

/** Look-alikes first: they are how money goes to a thief. */
export const addressWarnings = (addressed: Addressed): readonly Warning[] => {
  const { request, wallet, law, history } = addressed;
  const book = bookOf(law, request.chainId);
  const parties = partiesIn(request, wallet, law);
  const gets = parties.some((party) => gettingRoles(party).length > 0);
  return [
    ...lookAlikes([...parties, ...askersOf(request)], book, history).map((one) => lookAlikeWarning(one, book)),
    ...parties.flatMap((party) => firstWarnings(addressed, party, book)),
    ...(gets && history?.kind === 'unknown'
      ? [{ text: `whether this wallet dealt with these addresses before is not known: ${history.why}` }]
      : []),
  ];
};

/** The names that the law has for the addresses in a text or a record. */
export const namesJson = (law: BookLaw, chainId: string, addresses: readonly string[]) => {
  const book = bookOf(law, chainId);
  return [...new Set(addresses)].flatMap((address) => {
    const name = labelOf(book, address);
    return name === undefined ? [] : [{ address, name }];
  });
};

const LEAST_FIRST: readonly Before['kind'][] = ['never', 'open', 'sealed', 'final'];

/** Of all that it gets, what was seen least. */
const leastOf = (history: History | undefined, party: Party): Before | undefined =>
  gettingRoles(party)
    .flatMap((role) => beforeOf(history, party.address, role) ?? [])
    .toSorted((a, b) => LEAST_FIRST.indexOf(a.kind) - LEAST_FIRST.indexOf(b.kind))[0];

const beforeJson = (before: Before | undefined) =>
  before === undefined
    ? null
    : {
        kind: before.kind,
        times: 'times' in before ? before.times : 0,
        because: 'because' in before ? before.because : '',
      };

/** As --json shows it (docs/formats.md). */
export const addressesJson = ({ request, wallet, law, history }: Addressed) => {
  const book = bookOf(law, request.chainId);
  const parties = partiesIn(request, wallet, law);
  const alike = lookAlikes(parties, book, history);
  return {
    addresses: parties.map((party) => ({
      address: party.address,
      roles: party.roles,
      name: labelOf(book, party.address) ?? '',
      before: beforeJson(leastOf(history, party)),
      looksLike: alike
        .filter((one) => one.address === party.address)
        .map(({ known, because, first, last }) => ({ address: known, because, first, last })),
    })),
    history:
      history?.kind === 'known'
        ? { known: true, requests: history.earlier.sealed.length, whole: history.whole, why: '' }
        : { known: false, requests: 0, whole: false, why: history?.why ?? 'not looked up' },
  };
};
