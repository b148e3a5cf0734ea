/** The pool's metrics for OpenTelemetry; needs `@opentelemetry/api`. */
export { observePool } from './metrics/observe-pool.js';
