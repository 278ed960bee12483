import { type ComponentChild, h, type JSX } from 'preact';
import type { ReadingLine, RequestAnswer, ShownWarning, Simulation, Step } from '#cli/console/api.ts';
import { answerPanel } from './answer.ts';
import type { Message, Model } from './model.ts';
import { rich, when } from './parts.ts';
import { type Labelled, recipientKind, type Section, sectionsOf } from './reading.ts';
import { fragmentOf } from './routes.ts';
import { Seen } from './seen.ts';
import { state } from './state.ts';

const SOURCES: Readonly<Record<ReadingLine['source'], string | undefined>> = {
  keyturn: undefined,
  descriptor: 'words of the pinned descriptor',
  abi: 'names of a file of --abi',
};

const lineOf = ({ text, tone }: ReadingLine): JSX.Element => h('dd', { class: tone }, rich(text));

const labelledOf = ({ label, source, lines }: Labelled): JSX.Element =>
  h(
    'div',
    { class: `told ${source}`, 'data-label': label },
    h(
      'dt',
      null,
      label,
      SOURCES[source] === undefined ? null : h('span', { class: 'source' }, ` (${SOURCES[source]})`),
    ),
    lines.map(lineOf),
  );

const listOf = ({ rows }: Section): JSX.Element => h('dl', { class: 'lines' }, rows.map(labelledOf));

const SIMULATED: Readonly<Record<Simulation['kind'], string>> = {
  predicted: 'As the nodes predict it now. This is advice, and binds nobody.',
  fails: 'As the nodes predict it now, it would fail.',
  none: 'Nothing was simulated.',
};

interface Place {
  /** The section that must be seen. */
  readonly recipient: string;
  readonly onSeen: () => void;
  readonly answer: RequestAnswer;
}

const sectionOf = (section: Section, { recipient, onSeen, answer }: Place): JSX.Element => {
  const { name, heading } = section;
  const key = answer.rendering;
  const head = h('h2', { id: `part-${name}` }, heading);
  if (name === 'raw')
    return h(
      'section',
      { key: name, class: `part ${name}` },
      h('details', null, h('summary', null, head), listOf(section)),
    );
  // Headings and focus: the button beside the answer leads here.
  return h(
    'section',
    { key: name, class: `part ${name}`, 'aria-labelledby': `part-${name}`, id: name, tabIndex: -1 },
    head,
    name === 'simulation' && answer.simulation !== undefined
      ? h('p', { class: 'hint' }, SIMULATED[answer.simulation.kind])
      : null,
    name === recipient ? h(Seen, { key, onSeen, children: listOf(section) }) : listOf(section),
  );
};

const warningOf = ({ critical, text, detail }: ShownWarning): JSX.Element =>
  h(
    'li',
    { class: critical ? 'danger' : 'caution' },
    h('strong', { class: 'weight' }, critical ? 'Critical' : 'Caution'),
    h(
      'div',
      null,
      h('p', null, rich(text)),
      detail.map((line) => h('p', { class: 'detail' }, h('bdi', null, line))),
    ),
  );

const warningsOf = (warnings: readonly ShownWarning[]): JSX.Element | null =>
  warnings.length === 0
    ? null
    : h(
        'section',
        { class: 'warnings', 'aria-labelledby': 'warnings' },
        h('h2', { id: 'warnings' }, warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`),
        h('ul', null, warnings.map(warningOf)),
      );

const ENDS: Readonly<Record<string, string>> = { finalized: 'good' };
const BAD_ENDS = ['rejected', 'expired', 'reverted', 'failed', 'refused', 'bad', 'superseded'];

const stepOf = ({ at, what, detail }: Step, now: number): JSX.Element =>
  h(
    'li',
    { class: ENDS[what] ?? (BAD_ENDS.includes(what) ? 'danger' : 'plain') },
    h('span', { class: 'at' }, when(at, now)),
    h('span', { class: 'step' }, h('strong', null, h('bdi', null, what)), detail === '' ? null : [' ', rich(detail)]),
  );

const timelineOf = (steps: readonly Step[], now: number): JSX.Element | null =>
  steps.length === 0
    ? null
    : h(
        'section',
        { class: 'part timeline', 'aria-labelledby': 'timeline' },
        h('h2', { id: 'timeline' }, 'What happened'),
        h(
          'ol',
          { class: 'steps' },
          steps.map((step) => stepOf(step, now)),
        ),
      );

/** The digits that people say aloud first. */
const shortId = (id: string): ComponentChild => h('span', { class: 'short' }, `${id.slice(0, 4)} ${id.slice(4, 8)}`);

const found = (
  model: Model,
  answer: RequestAnswer,
  send: (message: Message) => void,
  onSeen: () => void,
): ComponentChild => {
  const { shown, warnings, timeline, waits } = answer;
  const recipient = recipientKind(shown.lines);
  const [asks, ...sections] = sectionsOf(shown.lines);
  const part = (section: Section): JSX.Element => sectionOf(section, { recipient, onSeen, answer });
  return h(
    'div',
    { class: 'two' },
    h(
      'div',
      { class: 'words' },
      waits === null ? null : h('p', { class: 'waits-for' }, rich(waits.sentence)),
      warningsOf(warnings),
      asks === undefined ? null : part(asks),
      sections.map(part),
      timelineOf(timeline, model.now),
    ),
    answerPanel(model, answer, send),
  );
};

/** One request, in the words of `show`, and the answer to it. */
export const requestView = (
  model: Model,
  id: string,
  send: (message: Message) => void,
  onSeen: () => void,
): JSX.Element =>
  h(
    'article',
    { class: 'one' },
    h('p', { class: 'way' }, h('a', { href: fragmentOf({ view: 'queue', page: 0 }) }, 'Open requests')),
    h(
      'h1',
      { tabIndex: -1, id: 'heading' },
      'Request ',
      shortId(id),
      model.request.value === undefined ? null : h('span', { class: 'stage' }, model.request.value.shown.stage),
    ),
    state(model.request, 'this request', (answer) => found(model, answer, send, onSeen)),
  );
