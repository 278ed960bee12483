import { errorFields } from '#core/error-fields.ts';
import type { Machine } from '#core/ports.ts';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { vmTurnOf } from '#schemas/names.ts';

/** A VM that has powered off stays, billed, until somebody deletes it; one that outlived its limit hangs. */
const isOver = (machine: Machine, now: number, turnLimitSeconds: number): boolean =>
  machine.state === 'stopped' || now - machine.createdAt > (turnLimitSeconds + 300) * 1000;

export const sweep = async (context: ReconcileContext): Promise<void> => {
  const { zones, turnLimitSeconds } = context.operations;
  await Promise.all(
    zones.map(async (zone) => {
      try {
        const machines = await context.machines.list(zone);
        const over = machines.filter(
          (machine) => vmTurnOf(machine.name) !== undefined && isOver(machine, context.clock.now(), turnLimitSeconds),
        );
        for (const { name, state } of over) {
          if (state !== 'stopped') context.log.alarm('reconcile.outlived', { machine: name, zone });
          await context.machines.delete(zone, name);
          context.log.info('reconcile.swept', { machine: name, zone });
        }
      } catch (error) {
        context.log.warn('reconcile.fault', { zone, ...errorFields(error) });
      }
    }),
  );
};
