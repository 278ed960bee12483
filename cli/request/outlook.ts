import type { Destination, Estimate } from '#adapters/chain/hints.ts';
import { historyOf } from '#cli/addresses/history.ts';
import { goOn } from '#cli/app/interrupt.ts';
import { warn } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { readAbiFile } from '#cli/clear/abi-file.ts';
import { descriptorFolder, readPinned } from '#cli/clear/pinned.ts';
import { checkerOf } from '#cli/operate/backing.ts';
import { windowRooms } from '#cli/policy/room.ts';
import type { Entry } from '#core/register/entry.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { chainOf, walletNamed } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';
import type { Picture } from './render-request.ts';
import { type Simulation, simulationOf } from './simulation.ts';

/** What the chain says that the transaction would do now. */
export const estimateOf = async (session: Session, request: TransactionRequest, from: string): Promise<Estimate> => {
  const { to, value, data, chainId } = request;
  const call = { from, to: to === '' ? null : to, value: BigInt(value), data };
  const asked = session.ports.hints(chainId).then((hints) => hints.estimate(call));
  return session.out.during('asking the chain for the gas', asked);
};

const destinationOf = async (session: Session, { chainId, to }: TransactionRequest): Promise<Destination> => {
  if (to === '') return 'unknown';
  const asked = session.ports.hints(chainId).then((hints) => hints.destination(to));
  return session.out.during('asking the chain about the destination', asked);
};

/** Of a contract alone: whose code it runs. */
const proxyOf = async (session: Session, destination: Destination, { chainId, to }: TransactionRequest) => {
  if (destination !== 'contract') return undefined;
  const asked = session.ports.hints(chainId).then((hints) => hints.proxy(to));
  return session.out.during('asking the chain whose code it runs', asked);
};

/** Nothing is asked of what is signed already: it may be mined, and would fail a second time. */
const simulated = async ({ out, ports }: Session, picture: Picture): Promise<Simulation> => {
  const { request, wallet, stage, outcome } = picture;
  if (outcome !== undefined || stage === 'submitted' || stage === 'decided')
    return { kind: 'none', because: 'over', silent: [] };
  const runs = out.during('asking the nodes what it would do', ports.simulations(request, wallet.address));
  try {
    return simulationOf(await runs, picture);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return { kind: 'none', because: 'no-urls', silent: [] };
  }
};

/**
 * The picture, with what chain and register say now: who is paid, what room is left, and whether the wallet did the same before. Each is told as
 * unknown where it is. With it come the descriptors that the law pins for its contracts, from the folder beside the law. `abiFile`: of --abi.
 */
export const withOutlook = async (session: Session, picture: Picture, abiFile?: string): Promise<Picture> => {
  const { out, ports, deployment, clock } = session;
  const abi = abiFile === undefined ? undefined : await readAbiFile('.', abiFile);
  const chain = chainOf(picture.law, picture.request.chainId);
  const pinned = await readPinned(descriptorFolder(deployment.lawFile), chain, picture.request);
  const destination = await destinationOf(session, picture.request);
  const proxy = await proxyOf(session, destination, picture.request);
  const cache = new Map<string, Entry | 'junk'>();
  const asked = { ...picture, cache };
  const rooms = await out.during(
    'reading the windows',
    windowRooms(() => ports.storage(), deployment, asked, clock.now()),
  );
  const history = await out.during(
    'looking for earlier payments',
    historyOf(session, picture, checkerOf(session), cache),
  );
  const simulation = await simulated(session, picture);
  return { ...picture, destination, proxy, rooms, history, pinned, abi, simulation };
};

/** The estimate of a whole request, and what to tell of it. */
export const estimateWarnings = (request: TransactionRequest, estimate: Estimate): readonly string[] => {
  switch (estimate.kind) {
    case 'reverts':
      return [`the chain says that this would fail: ${estimate.reason}. If it is mined, its fee is paid all the same`];
    case 'unknown':
      return [`the chain could not estimate the gas (${estimate.reason}): ${request.gasLimit} may not be enough`];
    case 'gas':
      return estimate.gas > BigInt(request.gasLimit)
        ? [
            `the chain estimates ${estimate.gas} gas, and ${request.gasLimit} is less: it would fail, and its fee is paid`,
          ]
        : [];
    default:
      return estimate satisfies never;
  }
};

/** Asks again of a request that would fail. Throws USAGE where nobody can be asked. False: not meant. */
export const meantToFail = async (session: Session, estimate: Estimate, yes: boolean): Promise<boolean> => {
  if (estimate.kind !== 'reverts' || yes) return true;
  const answer = session.out.json ? undefined : await session.ask('It would fail. Ask for it all the same? Type yes: ');
  goOn(session.signal);
  if (answer === undefined)
    throw new KeyturnError(
      'USAGE',
      `it would fail (${estimate.reason}), and nobody can be asked: add --yes if you mean it`,
      {
        field: 'yes',
      },
    );
  if (answer === 'yes') return true;
  session.out.line(warn('Not asked for. Nothing was published.'));
  session.out.result('failure', {
    ok: false,
    code: 'USAGE',
    field: 'yes',
    message: 'not meant; nothing was published',
    advice: '',
  });
  return false;
};

export const walletAddressOf = (session: Session, { wallet }: TransactionRequest): string =>
  walletNamed(session.deployment.config.law, wallet)?.address ?? '';
