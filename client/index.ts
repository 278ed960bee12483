import { type Config, parseLaw } from '#schemas/config.ts';
import type { Client, ClientOptions } from './api.ts';
import { clientOn } from './client.ts';
import { connect } from './ports.ts';

export { CODES, type Code, isKeyturnError, KeyturnError } from '#schemas/codes.ts';
export type { EventKey } from '#schemas/event-keys.ts';
export type { Signed } from '#schemas/event-signature.ts';
export type * from './api.ts';
export { keyturnErrorIn } from './error-in.ts';
export type * from './event-types.ts';
export { type Eip1193, keyturnProvider, type ProviderOptions } from './provider.ts';
export { type EventMessage, readEvent, readPush } from './read-event.ts';
export type * from './receipt.ts';

const lawOf = (config: unknown): Pick<Config, 'law' | 'lawHash'> =>
  parseLaw(typeof config === 'object' && config !== null && 'law' in config ? config.law : config);

/** Opens nothing yet: each service is opened when it is first asked for. Throws CONFIG with every problem of the law. */
export const openClient = (options: ClientOptions): Client => {
  const config = lawOf(options.config);
  return clientOn(connect(config.law, options), config, options.requester);
};
