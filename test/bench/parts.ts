import type { Part } from './bench.ts';
import type { PartName } from './options.ts';

/** Loaded when they run: most need a lab, and `--help` needs none. */
export const partOf = async (name: PartName): Promise<Part> => {
  switch (name) {
    case 'pipeline':
      return (await import('./parts/pipeline.ts')).pipeline;
    case 'turn':
      return (await import('./parts/turn.ts')).turn;
    case 'workload':
      return (await import('./parts/workload.ts')).workload;
    case 'functions':
      return (await import('./parts/functions.ts')).functions;
    case 'calls':
      return (await import('./parts/calls.ts')).calls;
    case 'waiting':
      return (await import('./parts/waiting.ts')).waiting;
    case 'register':
      return (await import('./parts/register.ts')).register;
    case 'cli':
      return (await import('./parts/cli.ts')).cli;
    case 'exactly-once':
      return (await import('./parts/exactly-once.ts')).exactlyOnce;
    case 'codelab':
      return (await import('./parts/codelab.ts')).codelab;
  }
};
