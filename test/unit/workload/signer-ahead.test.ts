import { describe, expect, it } from 'vitest';
import type { SigningSession } from '#core/signing/signer.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { SignerAhead } from '#workload/signer-ahead.ts';

/** Sessions that say what became of them, in the order of their begin. */
const signer = () => {
  const sessions: { started: number; ended: number; dead: boolean; session: SigningSession }[] = [];
  const unused = async () => [];
  const begin = (): SigningSession => {
    const session: SigningSession = {
      start: () => {
        kept.started += 1;
      },
      open: unused,
      signLadder: unused,
      signStatement: async () => new Uint8Array(),
      drop: () => {},
      fault: () => (kept.dead ? new KeyturnError('UNAVAILABLE', 'ended') : undefined),
      end: () => {
        kept.ended += 1;
      },
    };
    const kept = { started: 0, ended: 0, dead: false, session };
    sessions.push(kept);
    return session;
  };
  return { sessions, ahead: new SignerAhead({ begin }) };
};

describe('a session that is begun ahead', () => {
  it('is started at once, and is the next that is asked for, once', () => {
    const { sessions, ahead } = signer();
    ahead.prepare(['a']);
    expect(sessions.map(({ started }) => started)).toEqual([1]);
    expect(ahead.begin()).toBe(sessions[0]?.session);
    expect(ahead.begin()).toBe(sessions[1]?.session);
    expect(sessions).toHaveLength(2);
  });

  it('is ended where nobody took it, and never after somebody did', () => {
    const { sessions, ahead } = signer();
    ahead.prepare(['a']);
    ahead.release();
    ahead.release();
    expect(sessions.map(({ ended }) => ended)).toEqual([1]);
    ahead.prepare(['b']);
    ahead.begin();
    ahead.release();
    expect(sessions.map(({ ended }) => ended)).toEqual([1, 0]);
  });

  it('is begun once for each request, however often it is looked at, and for all that are new together', () => {
    const { sessions, ahead } = signer();
    ahead.prepare(['a', 'b']);
    ahead.prepare(['b', 'c']);
    ahead.release();
    ahead.prepare(['a', 'b', 'c']);
    ahead.prepare([]);
    expect(sessions).toHaveLength(1);
    ahead.prepare(['a', 'd']);
    expect(sessions).toHaveLength(2);
  });

  it('is left where it died before its time', () => {
    const { sessions, ahead } = signer();
    ahead.prepare(['a']);
    for (const one of sessions) one.dead = true;
    expect(ahead.begin()).toBe(sessions[1]?.session);
  });
});
