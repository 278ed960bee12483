import { both, figureOf, type Part } from '../bench.ts';

/** One turn over ports as slow as the cloud's (storage 30 ms, RPC 80, KMS 30, evidence 500). */
export const turn: Part = async (bench) => [
  figureOf('turn.20', 'ms', await both(bench, 'turn', '--open', 20, '--rounds', 3), 'ms'),
  figureOf('turn.100', 'ms', await both(bench, 'turn', '--open', 100), 'ms'),
];
