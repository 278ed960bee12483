import { Server } from 'node:net';

/**
 * Loaded into a function's process before the framework. The framework binds every address and never says which port it got. A function
 * behind the front door must be reached by nobody else. So its one server goes to loopback, and the host is told the port.
 */
const listen = Server.prototype.listen;

Object.defineProperty(Server.prototype, 'listen', {
  configurable: true,
  writable: true,
  value(this: Server, ...args: unknown[]): Server {
    Object.defineProperty(Server.prototype, 'listen', { configurable: true, writable: true, value: listen });
    this.once('listening', () => {
      const address = this.address();
      if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
    });
    for (const callback of args) if (typeof callback === 'function') this.once('listening', () => callback());
    return listen.call(this, { port: 0, host: '127.0.0.1' });
  },
});

// Also where the kernel cannot be asked to do it: without its host a function has nobody to answer to.
process.on('disconnect', () => process.exit());
