/** An own PostgreSQL for development and tests: started without any set-up, gone with the process that uses it. */
export { startEmbeddedServer, type EmbeddedServer } from './embedded/embedded-server.js';
export { refuseInProduction, type BinariesChoice, type EmbeddedServerOptions } from './embedded/embedded-options.js';
export { EmbeddedServerError } from './errors/embedded-errors.js';
