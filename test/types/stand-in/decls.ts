import type { AnyRecord, ModelClass } from '../../../lib/types/records.js';
import { BaseModel } from '../../../lib/model/base-model.js';
export declare function Copy<A extends AnyRecord>(
  model: ModelClass<A>,
): abstract new <S extends AnyRecord>() => BaseModel<S> & A;
type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;
export declare function Mixin<T extends readonly ModelClass<AnyRecord>[]>(
  ...mixins: T
): abstract new <S extends AnyRecord>() => BaseModel<S> &
  UnionToIntersection<{ [I in keyof T]: T[I] extends ModelClass<infer R> ? R : never }[number]>;
