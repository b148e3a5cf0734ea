import { CharField } from './char.js';

/** Text of several lines: as Char, and shown in a larger box. */
export class TextField extends CharField {}
