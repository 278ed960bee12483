import { beside, bookOf } from '#cli/addresses/book.ts';
import { partiesIn } from '#cli/addresses/earlier.ts';
import { namesJson } from '#cli/addresses/who.ts';
import type { CliContext } from '#cli/app/cli-context.ts';
import { DONE, FAILED } from '#cli/app/failure.ts';
import { bold } from '#cli/app/output.ts';
import type { Session } from '#cli/app/session.ts';
import { explanationJson } from '#cli/policy/explain-json.ts';
import { explanationLines } from '#cli/policy/explain-lines.ts';
import { type WindowRooms, windowRooms } from '#cli/policy/room.ts';
import { type GivenLaw, readLawFile, readRequestFile } from '#cli/request/read-request-file.ts';
import { explainPolicy } from '#core/policy-explain.ts';
import { KeyturnError } from '#schemas/codes.ts';
import { type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import { bucketsOf } from '#schemas/names.ts';
import type { TransactionRequest } from '#schemas/request.ts';

export interface ExplainOptions {
  readonly law?: string;
}

type Outside = Pick<CliContext, 'out' | 'folder'>;

const walletOf = (law: Law, { wallet: name }: TransactionRequest): Wallet => {
  const wallet = walletNamed(law, name);
  if (wallet === undefined)
    throw new KeyturnError('UNKNOWN_WALLET', `the law knows no wallet ${name}`, { field: 'wallet' });
  return wallet;
};

const idOf = (request: TransactionRequest, wallet: Wallet, law: Law): string =>
  digestOf(request, wallet.address, bucketsOf(law.name).register);

const told = (
  out: Outside['out'],
  { law, lawHash }: Pick<GivenLaw, 'law' | 'lawHash'>,
  request: TransactionRequest,
  known: WindowRooms,
): number => {
  const wallet = walletOf(law, request);
  const explanation = explainPolicy(request, wallet, law);
  const id = idOf(request, wallet, law);
  out.line(bold(`What the policy of ${wallet.name} says of ${id}`));
  out.line(`law ${lawHash}`);
  const book = bookOf(law, request.chainId);
  out.lines(explanationLines(explanation, known).map((line) => beside(line, book)));
  const parties = partiesIn(request, wallet, law).map(({ address }) => address);
  const names = namesJson(law, request.chainId, parties);
  const allowed = explanation.verdict.kind === 'allowed';
  out.result('policy explain', {
    ok: allowed,
    id,
    wallet: wallet.name,
    lawHash,
    ...explanationJson(explanation, known),
    names,
  });
  return allowed ? DONE : FAILED;
};

/** From two files alone. */
export const explainOffline = async ({ out, folder }: Outside, file: string, lawFile: string): Promise<number> => {
  const { request } = await readRequestFile(folder, file);
  const law = await readLawFile(folder, lawFile, undefined);
  return told(out, law, request, { kind: 'unknown', why: '--law reads no register' });
};

/** Under the law of the deployment, with what its register says of room. */
export const explainOnline = async (
  { deployment, ports, out, clock }: Session,
  folder: string,
  file: string,
): Promise<number> => {
  const { request } = await readRequestFile(folder, file);
  const { law } = deployment.config;
  const wallet = walletOf(law, request);
  const asked = { id: idOf(request, wallet, law), request, wallet };
  const known = await out.during('reading the register', windowRooms(ports.storage, deployment, asked, clock.now()));
  return told(out, deployment.config, request, known);
};
