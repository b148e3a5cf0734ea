import { POOL_SIZE, type LendingPool, type OpenPool } from '../subject.js';

interface Token {
  readonly processId: number;
}

/** Idle tokens in one array, waiters in another: what the benchmark's own loop takes, and the least that lending can. */
export const openPool: OpenPool = () => {
  const idle = Array.from({ length: POOL_SIZE }, (_, index): Token => ({ processId: index + 1 }));
  const waiting: ((token: Token) => void)[] = [];
  const lending: LendingPool<Token> = {
    borrow() {
      const token = idle.pop();
      return token === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(token);
    },
    giveBack(token) {
      const next = waiting.shift();
      if (next === undefined) idle.push(token);
      else next(token);
    },
    processIdOf: (token) => token.processId,
    close: () => Promise.resolve(),
  };
  return Promise.resolve(lending);
};
