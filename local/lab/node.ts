import { type Anvil, AnvilMissing, type AnvilOptions, startAnvil } from '#local/cloud/processes/anvil.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** The lab's Ethereum node. Throws NODE_MISSING where this machine has none to start. */
export const startNode = async (options: AnvilOptions, start = startAnvil): Promise<Anvil> => {
  try {
    return await start(options);
  } catch (error) {
    if (!(error instanceof AnvilMissing)) throw error;
    throw new KeyturnError('NODE_MISSING', error.message, { cause: error });
  }
};
