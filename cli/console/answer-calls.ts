import { bold, good, warn } from '#cli/app/output.ts';
import { coSignerOf, type Session } from '#cli/app/session.ts';
import { summary } from '#cli/operate/open-requests.ts';
import { checkedReason } from '#cli/operate/pause.ts';
import { type RequestView, viewOf } from '#cli/operate/request-view.ts';
import { mayApprove } from '#cli/request/approval.ts';
import { type Approved, approve, approvedBefore, approvedJson, approvedWords } from '#cli/request/approving.ts';
import type { OpenShares } from '#cli/request/open-shares.ts';
import { closing, mayReject, reject, rejectedBefore } from '#cli/request/rejecting.ts';
import { KeyturnError } from '#schemas/codes.ts';
import type { CoSigner } from '#schemas/config.ts';
import { timeText } from '#schemas/spellings.ts';
import type { AnswerBody, ApproveAnswer, ApproveBody, RejectAnswer, RejectBody } from './api.ts';
import type { Hub } from './hub.ts';
import { isCritical, type Rendered } from './rendered.ts';
import type { ShareSource } from './share-source.ts';

/** What an answer needs. `terminal`: where the person who runs the process reads what it did. */
export interface Answering {
  readonly session: Session;
  readonly rendered: Rendered;
  readonly shares: ShareSource;
  readonly hub: Hub;
  readonly terminal: Session['out'];
}

/** One at a time: two clicks are two answers to what each of them shows, and one terminal asks one question. */
export class Answers {
  readonly #answering: Answering;
  #last: Promise<unknown> = Promise.resolve();

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return mine;
  }

  approve(body: ApproveBody): Promise<ApproveAnswer> {
    return this.#inTurn(() => approveOnce(this.#answering, body));
  }

  reject(body: RejectBody): Promise<RejectAnswer> {
    return this.#inTurn(() => rejectOnce(this.#answering, body));
  }
}

/** Who answers. The page may name nobody else than whoever started the process. */
const answererOf = (session: Session, { coSigner }: AnswerBody): CoSigner => {
  const me = coSignerOf(session);
  if (me.name !== coSigner)
    throw new KeyturnError('PERMISSION_DENIED', `this console answers as ${me.name} alone`, { field: 'coSigner' });
  return me;
};

/** The request as it is now, where it may be approved and is still what was shown. Throws what speaks against it, first of all that it is over. */
const approvable = async (
  { session, rendered }: Answering,
  coSigner: CoSigner,
  { id, rendering, recipientSeen, held }: ApproveBody,
): Promise<RequestView> => {
  rendered.mustBeShown(id, rendering);
  const view = await viewOf(session, id);
  mayApprove(view.picture, coSigner);
  rendered.mustBeSame(view.picture, rendering);
  if (!recipientSeen) throw new KeyturnError('NOT_SHOWN', 'whom it pays was not in view', { field: 'recipientSeen' });
  if (isCritical(view.picture) && !held)
    throw new KeyturnError('NOT_HELD', 'it has critical warnings, and the button was not held', { field: 'held' });
  return view;
};

/** A person takes their time at the terminal: what was right before may be over by then. */
const askShare = async (answering: Answering, share: OpenShares, view: RequestView): Promise<void> => {
  const { session, shares, hub } = answering;
  if (shares.place !== 'terminal') return;
  hub.tell({ kind: 'share', at: timeText(session.clock.now()), asked: true });
  try {
    await share.read(view.picture.wallet.name);
  } finally {
    hub.tell({ kind: 'share', at: timeText(session.clock.now()), asked: false });
  }
};

const uploaded = async (
  answering: Answering,
  coSigner: CoSigner,
  body: ApproveBody,
): Promise<{ readonly view: RequestView; readonly approved: Approved }> => {
  const { session, shares } = answering;
  const storage = await session.ports.storage();
  const first = await approvable(answering, coSigner, body);
  const isBad = first.picture.votes.some(({ coSigner: name, answer }) => name === coSigner.name && answer === 'bad');
  const work = { storage, coSigner, again: isBad };
  const before = await approvedBefore(work, first.picture);
  if (before !== undefined) return { view: first, approved: before };
  const { request, law } = first.picture;
  const share = await shares.open({ id: body.id, asks: summary(request, law) });
  try {
    await askShare(answering, share, first);
    const view = shares.place === 'terminal' ? await approvable(answering, coSigner, body) : first;
    const leave = `the share may have been uploaded: ${session.commandLine(`show ${body.id.slice(0, 8)}`)}`;
    const picture = answering.rendered.asShown(view.picture, body.rendering);
    return { view, approved: await approve(session, work, { picture, share, leave }) };
  } finally {
    share.wipe();
  }
};

const approveOnce = async (answering: Answering, body: ApproveBody): Promise<ApproveAnswer> => {
  const { session, terminal, hub } = answering;
  const coSigner = answererOf(session, body);
  try {
    const { view, approved } = await uploaded(answering, coSigner, body);
    const { picture } = view;
    const json = approvedJson(picture, coSigner, approved);
    const word = approved.created ? good('approved') : warn('approved before');
    terminal.line([word, ` by ${coSigner.name}: `, bold(body.id)]);
    return { ok: true, coSigner: coSigner.name, ...json, sentence: approvedWords(picture, coSigner) };
  } finally {
    session.leave('');
    hub.wake();
  }
};

const rejectOnce = async ({ session, rendered, terminal, hub }: Answering, body: RejectBody): Promise<RejectAnswer> => {
  const coSigner = answererOf(session, body);
  const { id, rendering } = body;
  const reason = checkedReason(body.reason);
  rendered.mustBeShown(id, rendering);
  try {
    const { picture } = await viewOf(session, id);
    mayReject(picture, coSigner.name);
    rendered.mustBeSame(picture, rendering);
    const storage = await session.ports.storage();
    const { object, created } =
      (await rejectedBefore(storage, coSigner, id)) ?? (await reject(session, storage, coSigner, { id, reason }));
    terminal.line([warn(created ? 'rejected' : 'rejected before'), ` by ${coSigner.name}: `, bold(id)]);
    const at = timeText(object.timeCreated);
    return { ok: true, id, coSigner: coSigner.name, at, created, ...closing(picture, coSigner.name) };
  } finally {
    session.leave('');
    hub.wake();
  }
};
