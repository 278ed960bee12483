import { type ComponentChild, h, type JSX } from 'preact';
import { decimalText, spanText } from '#cli/app/units.ts';
import type { Turn, Unseen, WalletStatus, WalletsAnswer, WindowRoom } from '#cli/console/api.ts';
import type { Model } from './model.ts';
import { amount, rich, row, when } from './parts.ts';
import { fullness } from './room.ts';
import { state } from './state.ts';

const isUnseen = (part: unknown): part is Unseen => typeof part === 'object' && part !== null && 'unseen' in part;

/** A part that this reader may not see, or that did not answer, is said so; the rest is shown. */
const seen = <T>(part: T, view: (value: Exclude<T, Unseen>) => ComponentChild): ComponentChild =>
  isUnseen(part)
    ? h('span', { class: 'quiet' }, 'not to be seen from here ', h('code', null, part.unseen))
    : view(part as Exclude<T, Unseen>);

const turnOf = (turn: Turn | null, now: number): ComponentChild => {
  if (turn === null) return 'none yet';
  const dead = turn.deathsInARow > 1 ? `, and ${turn.deathsInARow} died in a row` : '';
  const tone = turn.state === 'died' ? 'danger' : turn.state === 'closed' ? 'plain' : 'caution';
  return h('span', { class: tone }, `turn ${turn.turn} ${turn.state}${dead}, started `, when(turn.claimedAt, now));
};

const windowOf = (room: WindowRoom): JSX.Element => {
  const { window, seconds, asset, decimals, most, used, text } = room;
  const of = (units: string): string => decimalText(BigInt(units), decimals);
  const full = fullness(room);
  return h(
    'li',
    { key: window, class: 'window' },
    h(
      'p',
      { class: 'head' },
      h('strong', null, h('bdi', null, window)),
      h('span', { class: 'quiet' }, ` in any ${spanText(seconds * 1000)}`),
    ),
    h('meter', { min: 0, max: 1000, high: 900, value: full, 'aria-label': `Window ${window}: ${full / 10} % used` }),
    h('p', { class: 'sums' }, amount(of(used), asset), ' of ', amount(of(most), asset), ' used'),
    h('p', { class: 'quiet' }, rich(text)),
  );
};

const windowsOf = (wallet: WalletStatus): ComponentChild =>
  seen(wallet.windows, (windows) =>
    windows.length === 0
      ? h('p', { class: 'quiet' }, 'The law sets no window.')
      : h('ul', { class: 'windows', 'aria-label': 'Windows' }, windows.map(windowOf)),
  );

const troubleOf = (wallet: WalletStatus): JSX.Element | null => {
  const { stopped, chainAhead, name, chain } = wallet;
  if (!isUnseen(stopped) && stopped !== null)
    return h(
      'p',
      { class: 'notice danger' },
      h('strong', null, `Stopped: ${name} signs nothing on ${chain}.`),
      ' ',
      rich(
        `${stopped.transactionHash}, which keyturn did not make, was mined in place of ${stopped.id}. Find out who holds the key.`,
      ),
    );
  return chainAhead === true
    ? h(
        'p',
        { class: 'notice danger' },
        h('strong', null, `Waits: ${name} on ${chain}.`),
        ' The chain counts more of its transactions than the register. Somebody else signs with its key, or the node lies.',
      )
    : null;
};

const walletOf = (wallet: WalletStatus, now: number, n: number): JSX.Element =>
  h(
    'section',
    { key: `${wallet.name} ${wallet.chainId}`, class: 'wallet', 'aria-labelledby': `wallet-${n}` },
    h(
      'h2',
      { id: `wallet-${n}` },
      h('bdi', null, wallet.name),
      h('span', { class: 'quiet' }, ' on ', h('bdi', null, wallet.chain)),
    ),
    h('p', { class: 'address' }, rich(wallet.address)),
    troubleOf(wallet),
    h(
      'dl',
      { class: 'facts' },
      row(
        'Balance',
        seen(wallet.balanceWei, (wei) => amount(decimalText(BigInt(wei), 18), 'ETH')),
      ),
      row('Approvals', `${wallet.threshold} of ${wallet.holders}`),
      row(
        'Next nonce',
        seen(wallet.nextNonce, (nonce) => nonce),
      ),
      row(
        'Newest turn',
        seen(wallet.turn, (turn) => turnOf(turn, now)),
      ),
    ),
    h('h3', null, 'Room in its windows'),
    windowsOf(wallet),
  );

const STAGES = ['received', 'accepted', 'approved', 'submitted', 'decided'];

const openWords = (counts: Readonly<Record<string, number>>): string =>
  STAGES.filter((stage) => (counts[stage] ?? 0) > 0)
    .map((stage) => `${counts[stage]} ${stage}`)
    .join(', ') || 'nothing';

const pauseOf = ({ pause, paused }: WalletsAnswer, now: number): ComponentChild =>
  seen(pause, (one) =>
    one === null
      ? seen(paused, (is) => (is ? h('strong', { class: 'danger' }, 'yes: nothing is signed') : 'no'))
      : h(
          'span',
          null,
          h('strong', { class: 'danger' }, 'yes: nothing is signed'),
          ' since ',
          when(one.at, now),
          one.reason === '' ? null : [': ', rich(one.reason)],
        ),
  );

const healthOf = (answer: WalletsAnswer, now: number): JSX.Element =>
  h(
    'section',
    { class: 'health', 'aria-labelledby': 'health' },
    h('h2', { id: 'health' }, 'Health'),
    h(
      'dl',
      { class: 'facts' },
      row('Deployment', h('bdi', null, answer.name), answer.lab ? ' (a lab on this machine)' : null),
      row('Law', rich(answer.lawHash)),
      row(
        'Register',
        seen(answer.register, (words) =>
          h('span', { class: /^(NOTHING|LAB)/.test(words) ? 'caution' : 'good' }, rich(words)),
        ),
      ),
      row('Paused', pauseOf(answer, now)),
      row('Open', seen(answer.open, openWords)),
      row(
        'Dead letters',
        seen(answer.deadLetters, (count) => (count === 0 ? 'none' : h('strong', { class: 'danger' }, `${count}`))),
      ),
    ),
  );

/** Wallets with the room in their windows, and how the register and the turns are. */
export const walletsView = (model: Model): JSX.Element =>
  h(
    'article',
    { class: 'wallets' },
    h('h1', { tabIndex: -1, id: 'heading' }, 'Wallets and health'),
    state(model.wallets, 'the wallets', (answer) => [
      h('p', { class: 'lead' }, 'Seen at ', when(answer.at, model.now), '.'),
      healthOf(answer, model.now),
      answer.wallets.map((wallet, n) => walletOf(wallet, model.now, n)),
    ]),
  );
