import { h, type JSX } from 'preact';
import { spanText } from '#cli/app/units.ts';
import type { QueueAnswer, QueueRow } from '#cli/console/api.ts';
import type { Model } from './model.ts';
import { pager, rich, spoken, voteChip, when } from './parts.ts';
import { fragmentOf } from './routes.ts';
import { state } from './state.ts';
import { leftMs } from './text.ts';
import { mineWords } from './words.ts';

const timeLeft = ({ validUntil }: QueueRow, now: number): JSX.Element => {
  const left = leftMs(validUntil, now);
  const tone = left === 0 ? 'danger' : left < 300_000 ? 'caution' : 'quiet';
  const words = left === 0 ? 'expired' : `${spanText(left)} left`;
  return h(
    'span',
    { class: `left ${tone}` },
    words,
    spoken('; until '),
    h('span', { class: 'until' }, when(validUntil, now)),
  );
};

const rowOf = (row: QueueRow, now: number): JSX.Element => {
  const mine = mineWords(row);
  const { approvals, needed } = row;
  return h(
    'li',
    { key: row.id, class: 'request', 'data-id': row.id },
    h(
      'div',
      { class: 'what' },
      h('a', { class: 'asks', href: fragmentOf({ view: 'request', id: row.id }) }, rich(row.asks)),
      h(
        'p',
        { class: 'meta' },
        h('span', { class: 'short' }, row.short),
        h('bdi', null, row.reference),
        h('span', null, 'from ', h('bdi', null, row.requester), row.signed ? null : ' (not signed)'),
        h('span', null, h('bdi', null, row.wallet), ' on ', h('bdi', null, row.chain)),
      ),
    ),
    h(
      'div',
      { class: 'answers' },
      h('p', { class: 'count' }, h('strong', null, `${approvals} of ${needed}`), ' approvals'),
      h('ul', { class: 'votes', 'aria-label': 'Answers' }, row.votes.map(voteChip)),
    ),
    h(
      'div',
      { class: 'state' },
      mine === undefined ? null : h('p', { class: `mine ${mine.tone}` }, mine.text),
      row.waits === null ? null : h('p', { class: 'waits' }, rich(row.waits.sentence)),
      row.outcome === null
        ? null
        : h('p', { class: 'caution' }, `Told to be ${row.outcome.outcome}, which nothing but a function’s word says.`),
      timeLeft(row, now),
    ),
  );
};

const brokenOf = ({ broken }: QueueAnswer): JSX.Element | null =>
  broken.length === 0
    ? null
    : h(
        'section',
        { class: 'notice danger', 'aria-labelledby': 'broken' },
        h('h2', { id: 'broken' }, 'Stored, and not what its id says'),
        h('p', null, 'Somebody altered these. Approve none of them, and tell your operator.'),
        h(
          'ul',
          null,
          broken
            .slice(0, 5)
            .map(({ id, code, message }) =>
              h('li', { key: id }, rich(id), ' ', h('code', null, code), ' ', rich(message)),
            ),
        ),
        broken.length > 5 ? h('p', null, `And ${broken.length - 5} more.`) : null,
      );

const lead = ({ total, at }: QueueAnswer, now: number): JSX.Element =>
  h(
    'p',
    { class: 'lead' },
    total === 0 ? 'Nothing waits.' : total === 1 ? '1 request is open.' : `${total} requests are open.`,
    h('span', { class: 'seen-at' }, ' Seen at ', when(at, now), '.'),
  );

/** All that is not decided: who has answered, and what it waits for. */
export const queueView = (model: Model): JSX.Element =>
  h(
    'article',
    { class: 'queue' },
    h('h1', { tabIndex: -1, id: 'heading' }, 'Open requests'),
    state(model.queue, 'the open requests', (answer) => [
      lead(answer, model.now),
      brokenOf(answer),
      answer.rows.length === 0
        ? null
        : h(
            'ol',
            { class: 'requests', start: answer.page * answer.size + 1 },
            answer.rows.map((row) => rowOf(row, model.now)),
          ),
      pager({
        what: 'open requests',
        page: answer.page,
        size: answer.size,
        total: answer.total,
        href: (page) => fragmentOf({ view: 'queue', page }),
      }),
    ]),
  );
