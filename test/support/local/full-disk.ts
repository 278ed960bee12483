import type { Disk } from '#local/cloud/runtime/whole-file.ts';
import { realDisk } from '#local/cloud/runtime/whole-file.ts';

/** A disk with room for `room` bytes more. It takes a part of what does not fit, and then says ENOSPC, as a real one does. */
export const fullDisk = (room: number): Disk & { room: number } => ({
  room,
  write(file, bytes) {
    if (this.room === 0)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    const taken = realDisk.write(file, bytes.subarray(0, this.room));
    this.room -= taken;
    return taken;
  },
});
