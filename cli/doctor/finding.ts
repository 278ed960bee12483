import type { Session } from '#cli/app/session.ts';
import { mapSome } from '#cli/request/open-ids.ts';
import { CODES, isKeyturnError } from '#schemas/codes.ts';

/** `unread`: it should be looked at, and this identity may not: no pass. `unchecked`: it is not there to be looked at, as in a lab. */
export type Level = 'ok' | 'warn' | 'bad' | 'unread' | 'unchecked';

export interface Finding {
  readonly area: string;
  readonly level: Level;
  readonly what: string;
  /** What to do; '' where nothing needs doing. */
  readonly todo: string;
}

export type Found = Omit<Finding, 'area'>;
export type Findings = readonly Found[];

export const ok = (what: string): Found => ({ level: 'ok', what, todo: '' });
export const warned = (what: string, todo: string): Found => ({ level: 'warn', what, todo });
export const wrong = (what: string, todo: string): Found => ({ level: 'bad', what, todo });
export const unchecked = (what: string, todo = ''): Found => ({ level: 'unchecked', what, todo });

/** `needs`: the permission that it takes. */
export const unread = (what: string, needs: string): Found => ({
  level: 'unread',
  what: `${what} could not be read: needs ${needs}`,
  todo: 'Run doctor as somebody with that permission, or ask for it.',
});

/** No pass: whether the right is there is not known. */
export const unjudged = (what: string, condition: string): Found => ({
  level: 'unread',
  what: `${what}: its condition cannot be judged here, so it counts as a right: ${condition}`,
  todo: 'Ask who made it, or write it with resource.name, resource.type, resource.service and request.time alone.',
});

export interface Check {
  readonly area: string;
  readonly look: (session: Session) => Promise<Findings>;
}

/** What a lab on this machine has no part for. */
export const onlyInCloud =
  (what: string, look: Check['look']): Check['look'] =>
  async (session) =>
    session.deployment.lab === undefined ? look(session) : [unchecked(`${what}: not checked here, this is a lab`)];

/** Looks at each item by itself: one that may not be read, or is not there, is a finding and hides no other. A few at a time. */
export const each = async <T>(
  items: readonly T[],
  about: (item: T) => { readonly name: string; readonly needs: string },
  look: (item: T) => Promise<Findings>,
): Promise<Findings> => {
  const found = await mapSome(items, async (item): Promise<Findings> => {
    const { name, needs } = about(item);
    try {
      return await look(item);
    } catch (error) {
      if (isKeyturnError(error, 'PERMISSION_DENIED')) return [unread(name, needs)];
      if (isKeyturnError(error, 'NOT_FOUND')) return [wrong(`${name} is not there`, 'terraform apply makes it.')];
      throw error;
    }
  });
  return found.flat();
};

/** One check that fails says so and hides nothing else. */
export const examine = async (session: Session, { area, look }: Check): Promise<readonly Finding[]> => {
  try {
    return (await look(session)).map((found) => ({ area, ...found }));
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    const { code, message } = error;
    if (code === 'PERMISSION_DENIED') return [{ area, ...unread(`what is asked for here (${message})`, 'that right') }];
    return [{ area, ...wrong(`${code}: ${message}`, CODES[code].advice) }];
  }
};
