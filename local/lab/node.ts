import { type Anvil, AnvilEnded, AnvilMissing, type AnvilOptions, startAnvil } from '#local/cloud/processes/anvil.ts';
import { KeyturnError } from '#schemas/codes.ts';

const known = (error: unknown, { port }: AnvilOptions): KeyturnError | undefined => {
  if (error instanceof AnvilMissing) return new KeyturnError('NODE_MISSING', error.message, { cause: error });
  if (error instanceof AnvilEnded && error.portTaken)
    return new KeyturnError('PORT_UNUSABLE', `port ${port ?? 0}, for the Ethereum node, is in use`, {
      field: 'port-base',
      cause: error,
    });
  return undefined;
};

/**
 * The lab's Ethereum node. Throws NODE_MISSING where this machine has none to start, PORT_UNUSABLE where its port is in use. A torn state
 * stays a TornFile.
 */
export const startNode = async (options: AnvilOptions, start = startAnvil): Promise<Anvil> => {
  try {
    return await start(options);
  } catch (error) {
    throw known(error, options) ?? error;
  }
};
