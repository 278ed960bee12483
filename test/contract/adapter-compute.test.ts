import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { machinesPort } from '#adapters/compute/compute.ts';
import type { Machines } from '#core/ports.ts';
import { Instances } from '#local/cloud/compute/instances.ts';
import { computeServer } from '#local/cloud/compute/rest.ts';
import { closeServer, listen } from '#local/cloud/runtime/http.ts';
import { createWorld } from '#local/cloud/runtime/world.ts';
import { configOf, plainLaw, plainOperations, plainWallet, splitOf } from '#test/support/law.ts';
import { clientOf, eagerly, failureOf, grant } from './adapter-kit.ts';

const ZONE = 'us-central1-a';
const LAUNCH = 'serviceAccount:launch@lab.iam.gserviceaccount.com';
const world = createWorld({ project: { id: 'keyturn-local', number: '123456789012' } });
const PROJECT = world.project.id;
const ACCOUNT = `workload@${PROJECT}.iam.gserviceaccount.com`;
const operator = {
  projectId: PROJECT,
  projectNumber: world.project.number,
  identityProvider: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/main',
  workloadAccount: ACCOUNT,
};
const { law, operations } = configOf(
  plainLaw([plainWallet(splitOf(1, 1))], { operator }),
  plainOperations({ zones: [ZONE], subnetwork: 'lab' }),
);

const ends = new Map<string, (code: number) => void>();
const instances = new Instances(
  world,
  {
    start: ({ name }, exited) => {
      ends.set(name, exited);
      return { kill: () => exited(143) };
    },
  },
  { provision: 5, staging: 5, boot: 5, powerOff: 5, stop: 5 },
);
const servers: Server[] = [];
const closing: (() => Promise<void>)[] = [];
let ours: Machines;

const portOf = (who: string, endpoint: string) => {
  const port = machinesPort({ law, operations, authClient: clientOf(world, who), endpoint }, eagerly);
  closing.push(() => port.close());
  return port;
};
let endpoint = '';

beforeAll(async () => {
  const server = computeServer(world, instances);
  servers.push(server);
  endpoint = `http://127.0.0.1:${await listen(server)}`;
  grant(world, LAUNCH, 'keyturn.launcher', `projects/${PROJECT}`);
  grant(world, LAUNCH, 'keyturn.sweeper', `projects/${PROJECT}`);
  grant(world, LAUNCH, 'roles/iam.serviceAccountUser', `serviceAccounts/${ACCOUNT}`);
  ours = portOf(LAUNCH, endpoint);
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  instances.shutdown();
  await Promise.all(servers.map(closeServer));
});
beforeEach(() => world.faults.clear());

const spec = (n: number) => ({ zone: ZONE, name: `turn-hot-${n}`, wallet: 'hot', turn: BigInt(n) });
const until = async (seen: () => Promise<boolean>) => {
  for (let n = 0; n < 5000; n++) {
    if (await seen()) return;
    await new Promise(setImmediate);
  }
  throw new Error('it never came to pass');
};

it('starts a machine once, finds it, and removes it', async () => {
  const before = Date.now();
  expect(await ours.start(spec(1))).toBe('started');
  expect(await ours.state(ZONE, 'turn-hot-1')).toBe('alive');
  const [machine, ...more] = await ours.list(ZONE);
  expect(more).toEqual([]);
  expect(machine).toMatchObject({ zone: ZONE, name: 'turn-hot-1', state: 'alive' });
  expect(Math.abs((machine?.createdAt ?? 0) - before)).toBeLessThan(60_000);
  await ours.delete(ZONE, 'turn-hot-1');
  await until(async () => (await ours.state(ZONE, 'turn-hot-1')) === 'absent');
  await ours.delete(ZONE, 'turn-hot-1');
});

it('is the same insert again, also where the answer to the first was lost', async () => {
  world.faults.add({ method: 'compute.instances.insert', kind: 'after' });
  expect(await ours.start(spec(2))).toBe('started');
  expect(world.faults.pending).toEqual([]);
  expect(await ours.start(spec(2))).toBe('started');
});

it('says that another insert of that name was there first', async () => {
  await ours.start(spec(3));
  const taken = createServer((_, response) => {
    const error = { code: 409, message: 'The resource already exists', errors: [{ reason: 'alreadyExists' }] };
    response.writeHead(409, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  });
  servers.push(taken);
  const port = portOf(LAUNCH, `http://127.0.0.1:${await listen(taken)}`);
  expect(await port.start(spec(3))).toBe('exists');
});

it.each([
  ['UNAVAILABLE', 'ZONE_RESOURCE_POOL_EXHAUSTED'],
  ['FAILED_PRECONDITION', 'QUOTA_EXCEEDED'],
] as const)('calls a zone without room exhausted: %s', async (status, _code) => {
  world.faults.add({ method: 'compute.instances.provision', kind: 'before', status });
  expect(await ours.start(spec(status === 'UNAVAILABLE' ? 4 : 5))).toBe('exhausted');
  expect(world.faults.pending).toEqual([]);
});

it.each([
  ['ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS', 'exhausted'],
  ['RESOURCE_ALREADY_EXISTS', 'exists'],
])('reads %s in the operation', async (code, expected) => {
  const done = createServer((_, response) => {
    const body = { name: 'operation-1', status: 'DONE', error: { errors: [{ code, message: 'no' }] } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(done);
  expect(await portOf(LAUNCH, `http://127.0.0.1:${await listen(done)}`).start(spec(6))).toBe(expected);
});

it.each([
  // https://github.com/scylladb/scylla-cluster-tests/issues/12477
  [503, 'The zone does not have enough resources available to fulfill the request.'],
  [
    503,
    "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS: The zone does not have enough resources. '(resource type:compute)'.",
  ],
  // https://github.com/kubernetes/k8s.io/issues/9834
  [
    503,
    'A n2d-standard-2 VM instance is currently unavailable in the us-central1-a zone. Consider trying your request',
  ],
  [403, "Quota 'N2D_CPUS' exceeded.  Limit: 24.0 in region us-central1."],
] as const)('reads a stock-out that is told in words: %i %s', async (code, message) => {
  const full = createServer((_, response) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { code, message } }));
  });
  servers.push(full);
  expect(await portOf(LAUNCH, `http://127.0.0.1:${await listen(full)}`).start(spec(10))).toBe('exhausted');
});

it('reads a stock-out that only the words of the operation tell', async () => {
  const done = createServer((_, response) => {
    const message = 'The zone does not have enough resources available to fulfill the request.';
    const body = { name: 'operation-1', status: 'DONE', error: { errors: [{ code: 'UNAVAILABLE', message }] } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(done);
  expect(await portOf(LAUNCH, `http://127.0.0.1:${await listen(done)}`).start(spec(11))).toBe('exhausted');
});

it('asks once for what the zone can never give', async () => {
  let asked = 0;
  const lacking = createServer((_, response) => {
    asked++;
    const message = "Invalid value for field 'resource.machineType'. The referenced resource does not exist.";
    const error = { code: 400, message, errors: [{ reason: 'invalid', message }] };
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  });
  servers.push(lacking);
  const failure = await failureOf(portOf(LAUNCH, `http://127.0.0.1:${await listen(lacking)}`).start(spec(12)));
  expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(asked).toBe(1);
});

it.each(['INVALID_FIELD_VALUE', 'UNSUPPORTED_OPERATION', 'RESOURCE_NOT_FOUND'])(
  'tells an operation that can never end otherwise: %s',
  async (code) => {
    const done = createServer((_, response) => {
      const body = { name: 'operation-1', status: 'DONE', error: { errors: [{ code }] } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    servers.push(done);
    const failure = await failureOf(portOf(LAUNCH, `http://127.0.0.1:${await listen(done)}`).start(spec(13)));
    expect(failure).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: `compute: insert ${ZONE}/turn-hot-13: ${code}`,
    });
  },
);

it('reports any other end of the operation by its code', async () => {
  const done = createServer((_, response) => {
    const body = { name: 'operation-1', status: 'DONE', error: { errors: [{ code: 'INTERNAL_ERROR' }] } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(done);
  const failure = await failureOf(portOf(LAUNCH, `http://127.0.0.1:${await listen(done)}`).start(spec(7)));
  expect(failure.message).toBe(`compute: insert ${ZONE}/turn-hot-7: INTERNAL_ERROR`);
});

it('says what is not allowed', async () => {
  const stranger = portOf('user:bob', endpoint);
  expect(await failureOf(stranger.start(spec(8)))).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(await failureOf(stranger.state(ZONE, 'turn-hot-1'))).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(await failureOf(stranger.list(ZONE))).toMatchObject({ code: 'PERMISSION_DENIED' });
});

it('tells a stopped machine from a running one', async () => {
  await ours.start(spec(9));
  await until(async () => ends.has('turn-hot-9'));
  ends.get('turn-hot-9')?.(0);
  await until(async () => (await ours.state(ZONE, 'turn-hot-9')) === 'stopped');
  expect((await ours.list(ZONE)).find(({ name }) => name === 'turn-hot-9')?.state).toBe('stopped');
});
