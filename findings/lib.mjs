// What the programs inside the findings share: local servers and local nodes, which end with the program.
import { spawn } from 'node:child_process';
import http from 'node:http';
import { createRequire } from 'node:module';

const DEADLINE_MS = 45_000;
setTimeout(() => {
  console.log('DEADLINE');
  process.exit(1);
}, DEADLINE_MS).unref();

/** A private key that everybody knows, and its address. */
export const KEY = `0x${'01'.repeat(32)}`;
export const ADDRESS = '0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1';
export const ETHER_100 = '0x56bc75e2d63100000';

/** Prints the value of `f()`, or the first line of what it threw. */
export const show = async (label, f) => {
  try {
    console.log(`${label}: ${text(await f())}`);
  } catch (error) {
    console.log(`${label}: throws ${String(error?.shortMessage ?? error?.message ?? error).split('\n')[0]}`);
  }
};

export const text = (value) =>
  typeof value === 'object' && value !== null
    ? JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner))
    : typeof value === 'bigint'
      ? `${value}n`
      : String(value);

/** An HTTP server on a free port of 127.0.0.1; `requests` holds what came. */
export const serve = (answer) =>
  new Promise((done) => {
    const requests = [];
    const server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
        requests.push(seen);
        answer(seen, response, requests);
      });
    });
    server.unref();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      done({ port, url: `http://127.0.0.1:${port}`, requests });
    });
  });

export const json = (response, value, status = 200) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

/** A JSON-RPC server: `result(request)` gives `{ result }` or `{ error }`. */
export const serveRpc = (result) =>
  serve((seen, response) => {
    const one = (request) => ({ jsonrpc: '2.0', id: request.id, ...result(request) });
    const body = JSON.parse(seen.body);
    json(response, Array.isArray(body) ? body.map(one) : one(body));
  });

/** Starts a program that ends with this one; resolves with what `found` catches in its output. */
export const start = (command, args, found) =>
  new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    process.on('exit', () => child.kill('SIGKILL'));
    let output = '';
    const hear = (chunk) => {
      output += chunk;
      const match = found.exec(output);
      if (match) done({ child, found: match[1], output: () => output });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', fail);
    child.on('exit', (code) => fail(new Error(`${command} ended with ${code}: ${output}`)));
  });

const here = createRequire(`${process.cwd()}/`);

export const anvilPath = () =>
  here.resolve(`@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}/bin/anvil`);

export const anvil = async (...args) => {
  const { found } = await start(anvilPath(), ['--port', '0', ...args], /Listening on ([\d.:]+)/);
  const url = `http://${found}`;
  await call(url, 'anvil_setBalance', ADDRESS, ETHER_100);
  return url;
};

/** In a program of its own, since it writes to the console and keeps timers. */
export const ganache = async (options = {}) => {
  const wallet = { accounts: [{ secretKey: KEY, balance: ETHER_100 }] };
  const source = `
    const server = require('ganache').server(${JSON.stringify({ logging: { quiet: true }, wallet, ...options })});
    server.listen(0).then(() => console.log('port ' + server.address().port + ';'));`;
  const { found } = await start(process.execPath, ['--input-type=commonjs', '-e', source], /port (\d+);/);
  return `http://127.0.0.1:${found}`;
};

export const hardhat = async (options = {}) => {
  const node = {
    type: 'edr-simulated',
    chainType: 'l1',
    accounts: [{ privateKey: KEY, balance: '100000000000000000000' }],
    ...options,
  };
  const source = `
    import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
    const hre = await createHardhatRuntimeEnvironment({ networks: { node: ${JSON.stringify(node)} } });
    const server = await hre.network.createServer('node', '127.0.0.1', 0);
    console.log('port ' + (await server.listen()).port + ';');`;
  const { found } = await start(process.execPath, ['--input-type=module', '-e', source], /port (\d+);/);
  return `http://127.0.0.1:${found}`;
};

/** The raw text of one POST. */
export const post = async (url, body) => {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return { status: response.status, text: await response.text() };
};

/** The whole answer to one JSON-RPC call. */
export const ask = async (url, method, ...params) =>
  JSON.parse((await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).text);

/** The result of one JSON-RPC call; throws what the node refused with. */
export const call = async (url, method, ...params) => {
  const { result, error } = await ask(url, method, ...params);
  if (error) throw Object.assign(new Error(error.message), { code: error.code, data: error.data });
  return result;
};
