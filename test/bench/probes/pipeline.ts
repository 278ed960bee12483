import { emit, numberOf } from './emit.ts';
import { openFloor } from './floor-run.ts';
import { openLab } from './lab.ts';
import { wave } from './wave.ts';

/**
 * The real pipeline, bundles and processes and wires. First one request that boots the machine, then `--pairs N` alternating pairs of floor and
 * keyturn, one request each. Then `--many N` at once, each after a floor of as many.
 */
const [pairs, many] = [numberOf('pairs', 15), numberOf('many', 100)];
const lab = await openLab();
const floor = await openFloor(lab);
try {
  const cold = await wave(lab, 1);
  const found: Record<string, number[]> = {
    cold: [cold.broadcast],
    firstSeal: [cold.after.get('workload')?.peak ?? 0],
    warm: [],
    warmFloor: [],
  };
  for (let n = 0; n < pairs; n++) {
    found.warmFloor?.push(...(await floor.run(1)).broadcast);
    found.warm?.push((await wave(lab, 1)).broadcast);
  }
  if (many > 0) {
    const bare = await floor.run(many);
    const all = await wave(lab, many);
    found.perSecondFloor = [(1_000 * many) / bare.broadcast[0]];
    found.perSecond = [(1_000 * many) / all.broadcast];
    found.cpuFloor = [bare.cpu[0]];
    found.cpu = [all.cpu];
    for (const [name, { peak }] of all.after) found[`${name}.peak`] = [peak];
  }
  emit(found);
} finally {
  await floor.close();
  await lab.close();
}
