import { type ComponentChild, h, type JSX } from 'preact';
import { decimalText } from '#cli/app/units.ts';
import type { Receipt, ReceiptsAnswer } from '#cli/console/api.ts';
import { filterOf } from './filter.ts';
import type { Message, Model } from './model.ts';
import { explorerLink, movedOf, payeesOf } from './moved.ts';
import { amount, pager, rich, when } from './parts.ts';
import { fragmentOf } from './routes.ts';
import { state } from './state.ts';

type Send = (message: Message) => void;

const field = (
  name: string,
  label: string,
  value: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
): JSX.Element =>
  h(
    'div',
    { class: 'field' },
    h('label', { for: `filter-${name}` }, label),
    h('input', { id: `filter-${name}`, name, type: 'text', autoComplete: 'off', value: value ?? '', ...more }),
  );

const filterForm = ({ filter, session }: Model, send: Send): JSX.Element =>
  h(
    'form',
    {
      class: 'filter',
      role: 'search',
      'aria-label': 'Receipts',
      onSubmit: (event: Event) => {
        event.preventDefault();
        send({ kind: 'filter', filter: filterOf(new FormData(event.currentTarget as HTMLFormElement)) });
      },
      onReset: () => send({ kind: 'filter', filter: {} }),
    },
    field('month', 'Month', filter.month, { type: 'month', placeholder: 'YYYY-MM' }),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'filter-wallet' }, 'Wallet'),
      h(
        'select',
        { id: 'filter-wallet', name: 'wallet' },
        h('option', { value: '' }, 'any'),
        (session.kind === 'open' ? session.about.wallets : []).map((name) =>
          h('option', { key: name, value: name, selected: filter.wallet === name }, name),
        ),
      ),
    ),
    field('asset', 'Asset', filter.asset, { placeholder: 'ETH, a symbol, a contract' }),
    field('reference', 'Reference', filter.reference),
    field('requester', 'Requester', filter.requester),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'submit', class: 'act small' }, 'Show'),
      h('button', { type: 'reset', class: 'act small quiet' }, 'Clear'),
    ),
  );

const totalsOf = ({ totals, totalLines, more }: ReceiptsAnswer): JSX.Element =>
  h(
    'section',
    { class: 'totals', 'aria-labelledby': 'totals' },
    h('h2', { id: 'totals' }, 'Totals'),
    totalLines.length === 0
      ? h('p', null, 'Nothing moved.')
      : h(
          'ul',
          { class: 'plain-list' },
          totalLines.map((line) => h('li', null, rich(line))),
        ),
    more
      ? h('p', { class: 'caution' }, 'There are more receipts than were read: the totals lack those. Choose a month.')
      : null,
    totals.unverified === 0 ? null : h('p', { class: 'caution' }, 'Book nothing that says unverified.'),
  );

const COLUMNS = ['Block time', 'Reference', 'To', 'Moved', 'Fee', 'Status', 'Approved by', 'Backed by'] as const;

const cell = (n: number, kind: string, ...children: readonly ComponentChild[]): JSX.Element =>
  h('td', { role: 'cell', class: kind, 'data-column': COLUMNS[n] }, ...children);

/** Addresses that are shown of one receipt; the request tells all of them. */
const MOST = 3;

const toOf = (receipt: Receipt): ComponentChild => {
  const { payees, through } = payeesOf(receipt);
  const nameOf = (address: string): string | undefined => receipt.names.find((one) => one.address === address)?.name;
  if (payees.length === 0) return 'a new contract';
  return [
    payees.slice(0, MOST).map((address) => {
      const name = nameOf(address);
      return h(
        'p',
        { key: address },
        name === undefined ? null : h('strong', null, h('bdi', null, name), ' '),
        rich(address),
      );
    }),
    payees.length > MOST ? h('p', { class: 'quiet' }, `and ${payees.length - MOST} more`) : null,
    through === '' ? null : h('p', { class: 'name' }, 'through ', nameOf(through) ?? null, ' ', rich(through)),
  ];
};

const movedCell = (receipt: Receipt): ComponentChild => {
  const moved = movedOf(receipt);
  if (moved.length === 0) return h('span', { class: 'quiet' }, 'nothing');
  const shown = moved
    .slice(0, 3)
    .map((one) => h('p', null, one.direction === 'came' ? '+' : '−', amount(one.amount, one.unit)));
  return moved.length > MOST ? [shown, h('p', { class: 'quiet' }, `and ${moved.length - MOST} more`)] : shown;
};

const rowOf = (receipt: Receipt, now: number): JSX.Element => {
  const { id, backing } = receipt;
  const explorer = explorerLink(receipt.explorer);
  return h(
    'tr',
    { key: receipt.eventId, role: 'row' },
    cell(0, 'when', when(receipt.blockTime, now)),
    h(
      'th',
      { role: 'rowheader', scope: 'row', class: 'reference', 'data-column': 'Reference' },
      h('a', { href: fragmentOf({ view: 'request', id }) }, h('bdi', null, receipt.reference)),
    ),
    cell(2, 'to', toOf(receipt)),
    cell(3, 'number', movedCell(receipt)),
    cell(4, 'number', h('p', null, amount(decimalText(BigInt(receipt.feeWei), 18), 'ETH'))),
    cell(
      5,
      'status',
      h('span', { class: receipt.status === 'finalized' ? 'good' : 'danger' }, receipt.status),
      explorer === undefined
        ? null
        : [
            ' ',
            h(
              'a',
              { href: explorer, target: '_blank', rel: 'noopener noreferrer', class: 'explorer' },
              'block explorer',
            ),
          ],
    ),
    cell(6, 'people', h('bdi', null, receipt.approvedBy.join(', '))),
    cell(
      7,
      'backing',
      h('span', { class: backing.kind === 'unverified' ? 'caution' : 'good' }, backing.kind),
      backing.because === '' ? null : h('span', { class: 'because' }, ' ', rich(backing.because)),
    ),
  );
};

const table = ({ receipts }: ReceiptsAnswer, now: number): JSX.Element | null =>
  receipts.length === 0
    ? null
    : h(
        'table',
        { role: 'table', class: 'receipts' },
        h('caption', { class: 'spoken' }, 'Receipts, the newest first'),
        h(
          'thead',
          { role: 'rowgroup' },
          h(
            'tr',
            { role: 'row' },
            COLUMNS.map((name) => h('th', { key: name, role: 'columnheader', scope: 'col' }, name)),
          ),
        ),
        h(
          'tbody',
          { role: 'rowgroup' },
          receipts.map((receipt) => rowOf(receipt, now)),
        ),
      );

/** What was paid, and what it comes to. */
export const receiptsView = (model: Model, send: Send): JSX.Element =>
  h(
    'article',
    { class: 'paid' },
    h('h1', { tabIndex: -1, id: 'heading' }, 'Receipts'),
    filterForm(model, send),
    state(model.receipts, 'the receipts', (answer) => [
      h(
        'p',
        { class: 'lead' },
        answer.total === 0 ? 'No receipt fits.' : answer.total === 1 ? '1 receipt.' : `${answer.total} receipts.`,
      ),
      answer.total === 0 ? null : totalsOf(answer),
      answer.unreadable.length === 0
        ? null
        : h(
            'p',
            { class: 'notice caution' },
            `${answer.unreadable.length} that lie among the receipts are none, and are in no sum.`,
          ),
      table(answer, model.now),
      pager({
        what: 'receipts',
        page: answer.page,
        size: answer.size,
        total: answer.total,
        href: (page) => fragmentOf({ view: 'receipts', page }),
      }),
    ]),
  );
