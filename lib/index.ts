/* The public API: the core and, on top of it, what an application adds to Nest. */
export * from './core.js';
