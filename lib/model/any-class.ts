/** Any class, abstract ones included. */
export type AnyClass = abstract new (...args: never[]) => object;
