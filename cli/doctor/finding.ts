import { CODES, isKeyturnError } from '#schemas/codes.ts';
import type { Session } from '../session.ts';

/** `unchecked`: it cannot be looked at from here, which is neither good nor bad. */
export type Level = 'ok' | 'warn' | 'bad' | 'unchecked';

export interface Finding {
  readonly area: string;
  readonly level: Level;
  readonly what: string;
  /** What to do; '' where nothing needs doing. */
  readonly todo: string;
}

export const ok = (what: string): Omit<Finding, 'area'> => ({ level: 'ok', what, todo: '' });
export const warned = (what: string, todo: string): Omit<Finding, 'area'> => ({ level: 'warn', what, todo });
export const wrong = (what: string, todo: string): Omit<Finding, 'area'> => ({ level: 'bad', what, todo });
export const unchecked = (what: string, todo = ''): Omit<Finding, 'area'> => ({ level: 'unchecked', what, todo });

export type Findings = readonly Omit<Finding, 'area'>[];

export interface Check {
  readonly area: string;
  readonly look: (session: Session) => Promise<Findings>;
}

/** What a lab on this machine has no part for. */
export const onlyInCloud =
  (what: string, look: Check['look']): Check['look'] =>
  async (session) =>
    session.deployment.lab === undefined ? look(session) : [unchecked(`${what}: not checked here, this is a lab`)];

/** One check that fails says so and hides nothing else. */
export const examine = async (session: Session, { area, look }: Check): Promise<readonly Finding[]> => {
  try {
    return (await look(session)).map((found) => ({ area, ...found }));
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    const { code, message } = error;
    if (code === 'PERMISSION_DENIED')
      return [{ area, ...warned(`not visible to you: ${message}`, 'Run this as whoever owns the deployment.') }];
    return [{ area, ...wrong(`${code}: ${message}`, CODES[code].advice) }];
  }
};
