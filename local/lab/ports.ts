import { createServer } from 'node:http';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { KeyturnError } from '#schemas/codes.ts';

/** From --port-base on: Pub/Sub (3), storage, KMS, compute, STS, attestation, secrets, and the Ethereum node, which is the last. */
export const PORTS = 10;

const CODES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use',
  EACCES: 'needs a right that you do not have',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Why a port cannot be listened on; undefined where it can. */
const problemOf = async (port: number): Promise<string | undefined> => {
  const server = createServer();
  try {
    await listen(server, port);
    await closeServer(server);
    return undefined;
  } catch (error) {
    const words = CODES[codeOf(error)];
    if (words === undefined) throw error;
    return `${port} ${words}`;
  }
};

/**
 * Checks every port of a lab before anything is started. Otherwise half a cloud would have to be taken down again, and gRPC does not say
 * why it could not listen. Throws PORT_UNUSABLE, naming each port at fault.
 */
export const checkPorts = async (base: number): Promise<void> => {
  const problems: string[] = [];
  for (let port = base; port < base + PORTS; port++) problems.push(...[(await problemOf(port)) ?? []].flat());
  if (problems.length > 0)
    throw new KeyturnError(
      'PORT_UNUSABLE',
      `of ports ${base} to ${base + PORTS - 1}, ${problems.map((one) => `port ${one}`).join('; ')}`,
      { field: 'port-base' },
    );
};
