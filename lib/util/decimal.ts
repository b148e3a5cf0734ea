import { Decimal as DecimalJs } from 'decimal.js';

/**
 * Exact decimal numbers. Sums, differences and products keep up to 60 significant digits (the library's own 20 would
 * round large sums of money), and text is plain: never `1e+21`.
 *
 * A constructor of our own, so that an application that configures decimal.js for itself does not change our sums.
 * `instanceof` and arithmetic with other decimal.js values work.
 */
export const Decimal: typeof DecimalJs = DecimalJs.clone({
  defaults: true,
  precision: 60,
  rounding: DecimalJs.ROUND_HALF_UP,
  toExpNeg: -9e15,
  toExpPos: 9e15,
});
export type Decimal = DecimalJs;
