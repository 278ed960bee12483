import { type ComponentChild, h, type JSX } from 'preact';
import type { RequestAnswer } from '#cli/console/api.ts';
import { type Hindrance, hindranceOf, readerOf } from './answering.ts';
import { DigitsForm } from './digits-form.ts';
import { HoldButton } from './hold-button.ts';
import type { Answering, Message, Model, Reading } from './model.ts';
import { rich, when } from './parts.ts';
import { failureNotice } from './state.ts';
import { answerOf } from './words.ts';

type Send = (message: Message) => void;

const votesOf = ({ shown: { votes, needed } }: RequestAnswer, now: number): JSX.Element => {
  const approved = votes.filter(({ answer }) => answer === 'approved').length;
  return h(
    'div',
    { class: 'tally' },
    h('p', { class: 'count' }, h('strong', null, `${approved} of ${needed}`), ' approvals'),
    h(
      'ul',
      { class: 'answered' },
      votes.map(({ coSigner, answer, at }) => {
        const { words, tone, mark } = answerOf(answer);
        return h(
          'li',
          { key: coSigner, class: tone },
          h('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
          h(
            'span',
            null,
            h('strong', null, h('bdi', null, coSigner)),
            ` ${words}`,
            at === null ? null : [' at ', when(at, now)],
          ),
        );
      }),
    ),
  );
};

const ALREADY: ReadonlySet<string> = new Set(['approved', 'rejected']);

const hindranceText = (hindrance: Hindrance): JSX.Element =>
  h(
    'p',
    { class: 'hindered', id: 'hindered' },
    rich(hindrance.message),
    hindrance.kind === 'recipient'
      ? [' ', h('button', { type: 'button', class: 'link', id: 'show-recipient' }, 'Show me the recipient')]
      : null,
  );

/** The way to the recipient: there, and the focus too, so that a screen reader reads on from it. */
const toRecipient = (event: Event): void => {
  if (!(event.target instanceof Element) || event.target.id !== 'show-recipient') return;
  const place = document.querySelector('.recipient')?.closest('section');
  place?.scrollIntoView({ block: 'center' });
  if (place instanceof HTMLElement) place.focus({ preventScroll: true });
};

const approveControls = (model: Model, answer: RequestAnswer, coSigner: string, send: Send): ComponentChild => {
  const hindrance = hindranceOf(model, 'approve');
  const hindered = hindrance === undefined ? undefined : 'hindered';
  const label = `Approve as ${coSigner}`;
  const approve = (held: boolean) => (): void => send({ kind: 'approve', held });
  // Another rendering is another button: what was begun on the one before is not gone on with.
  const key = `${answer.rendering} ${coSigner} ${model.reading?.answering.kind}`;
  return [
    hindrance === undefined ? null : hindranceText(hindrance),
    answer.critical
      ? [
          h(HoldButton, { key, label, hindered, onDone: approve(true) }),
          h(DigitsForm, { key: `digits ${key}`, id: answer.shown.id, hindered, onDone: approve(true) }),
        ]
      : h(
          'button',
          {
            type: 'button',
            id: 'approve',
            class: 'act approve',
            'aria-disabled': hindered === undefined ? undefined : 'true',
            'aria-describedby': hindered,
            onClick: () => hindered === undefined && send({ kind: 'approve', held: false }),
          },
          label,
        ),
  ];
};

const rejectForm = (model: Model, reading: Reading, coSigner: string, send: Send): JSX.Element => {
  const hindrance = hindranceOf(model, 'reject');
  return h(
    'form',
    {
      class: 'reject-form',
      onSubmit: (event: Event) => {
        event.preventDefault();
        send({ kind: 'reject' });
      },
    },
    h('p', { class: 'danger' }, 'A rejection cannot be taken back, and it beats your own share.'),
    h('label', { for: 'reason' }, 'Why, for the others (you may leave it empty)'),
    h('input', {
      id: 'reason',
      type: 'text',
      maxLength: 200,
      autoComplete: 'off',
      value: reading.reason,
      onInput: (event: Event) => send({ kind: 'reason', text: (event.currentTarget as HTMLInputElement).value }),
    }),
    hindrance === undefined ? null : h('p', { class: 'hindered' }, rich(hindrance.message)),
    h('button', { type: 'submit', class: 'act reject' }, `Reject as ${coSigner}, for good`),
    h('button', { type: 'button', class: 'act quiet', onClick: () => send({ kind: 'leave-reject' }) }, 'Do not reject'),
  );
};

const OUTCOMES: Readonly<Record<'approve' | 'reject', string>> = { approve: 'Approved', reject: 'Rejected' };

const outcomeOf = (answering: Answering): JSX.Element | null => {
  if (answering.kind === 'refused')
    return h(
      'div',
      { id: 'outcome', tabIndex: -1 },
      failureNotice(answering.failure, answering.deed === 'approve' ? 'Not approved.' : 'Not rejected.'),
    );
  if (answering.kind !== 'done') return null;
  const { deed, answer } = answering;
  return h(
    'div',
    { id: 'outcome', tabIndex: -1, class: `notice ${deed === 'approve' ? 'good' : 'caution'}`, role: 'status' },
    h(
      'p',
      null,
      h(
        'strong',
        null,
        `${OUTCOMES[deed]} by ${answer.coSigner}${answer.created ? '' : ' before: nothing was done now'}.`,
      ),
    ),
    h('p', null, rich(answer.sentence)),
  );
};

const chooser = (answer: RequestAnswer, chosen: string, send: Send): JSX.Element | null =>
  answer.actors.length < 2
    ? null
    : h(
        'fieldset',
        { class: 'actors' },
        h('legend', null, 'Answer as'),
        answer.actors.map(({ coSigner }) =>
          h(
            'label',
            { key: coSigner },
            h('input', {
              type: 'radio',
              name: 'actor',
              value: coSigner,
              checked: coSigner === chosen,
              onChange: () => send({ kind: 'actor', coSigner }),
            }),
            h('bdi', null, coSigner),
          ),
        ),
      );

const controls = (model: Model, answer: RequestAnswer, reading: Reading, send: Send): ComponentChild => {
  const actor = readerOf(model);
  if (actor === undefined)
    return h('p', { class: 'hindered' }, 'Nobody who may answer runs this console. Start it with --as and your name.');
  const { coSigner } = actor;
  const { answering } = reading;
  const mine = answer.shown.votes.find((vote) => vote.coSigner === coSigner)?.answer ?? '';
  if (answering.kind === 'sending')
    return h(
      'p',
      { class: 'sending', role: 'status' },
      answering.deed === 'reject'
        ? 'Rejecting …'
        : model.shareAsked
          ? 'The terminal where the console runs asks for your share.'
          : 'Checking, encrypting and uploading your share …',
    );
  // Nothing is left to answer: a button that never works again tells nobody anything.
  if (actor.approve !== null && actor.reject !== null)
    return ALREADY.has(mine) ? null : h('p', { class: 'hindered' }, rich(actor.approve.message));
  if (answering.kind === 'rejecting') return rejectForm(model, reading, coSigner, send);
  return [
    ALREADY.has(mine) ? null : approveControls(model, answer, coSigner, send),
    mine === 'rejected'
      ? null
      : actor.reject === null
        ? h(
            'button',
            { type: 'button', id: 'reject', class: 'act reject-first', onClick: () => send({ kind: 'begin-reject' }) },
            'Reject …',
          )
        : actor.approve === null
          ? h('p', { class: 'hindered' }, rich(actor.reject.message))
          : null,
  ];
};

/** Who has answered, and the reader's own answer. */
export const answerPanel = (model: Model, answer: RequestAnswer, send: Send): JSX.Element => {
  const { reading } = model;
  const chosen = readerOf(model)?.coSigner ?? '';
  return h(
    'aside',
    { class: 'panel', 'aria-labelledby': 'answer-heading' },
    h('h2', { id: 'answer-heading', tabIndex: -1 }, 'Answers'),
    votesOf(answer, model.now),
    reading === undefined
      ? null
      : h(
          'div',
          { class: 'own', onClick: toRecipient },
          reading.changed
            ? h('p', { class: 'notice caution' }, 'What is shown has changed. Read it again before you answer.')
            : null,
          outcomeOf(reading.answering),
          chooser(answer, chosen, send),
          controls(model, answer, reading, send),
        ),
  );
};
