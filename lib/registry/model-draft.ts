import { FIRST_FIELD_SLOT } from '../cache/row.js';
import type { OrderTerm } from '../domain/field-resolver.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel, FetchPlan, NamedConstraint } from '../model/composed-model.js';
import type { Computation, ConstraintMethod, Trigger } from '../model/composed-model.js';
import { BaseModel } from '../model/base-model.js';
import type { ModelOptions } from '../model/model-definition.js';
import { fetchPlan } from '../model/fetch-plan.js';
import { recordConstructors } from '../model/record-state.js';
import { fitName } from '../schema/fit-name.js';
import { humanise, snakeCase } from '../util/snake-case.js';
import type { Line } from './linearise.js';
import { mergedOptions } from './merged-options.js';

/** A composed model while it is being built; the stages fill it, and nobody changes it afterwards. */
export class ModelDraft implements ComposedModel {
  readonly name: string;
  readonly index: number;
  readonly table: string;
  readonly module: string;
  readonly modules: readonly string[];
  readonly description: string;
  readonly log: boolean;
  readonly options: ModelOptions;
  readonly source: Line;
  readonly line: ComposedModel['line'];
  /** Inherits from `BaseModel` for `instanceof` alone: every member is its own. */
  readonly prototype = Object.create(BaseModel.prototype) as object;
  readonly recordOf: ComposedModel['recordOf'];
  readonly setOf: ComposedModel['setOf'];
  readonly fields = new Map<string, Field>();
  readonly fieldBySlot: (Field | undefined)[] = [];
  readonly computations: Computation[] = [];
  readonly computationOf = new Map<Field, Computation>();
  readonly triggers = new Map<Field, Trigger[]>();
  readonly constraintMethods: ConstraintMethod[] = [];
  readonly constraintOptions: NamedConstraint[] = [];
  readonly referrers: Field[] = [];
  readonly mirrors = new Map<Field, Field[]>();
  readonly overrides: ComposedModel['overrides'];
  order: readonly OrderTerm[] = [];
  activeField: string | null = null;
  displayNameField: string | null = null;
  stored: readonly Field[] = [];
  defaulted: readonly Field[] = [];
  mandatory: readonly Field[] = [];
  #fetch: FetchPlan | null = null;

  constructor(line: Line, index: number) {
    const [base] = line.layers;
    this.source = line;
    this.name = line.model;
    this.index = index;
    this.options = mergedOptions(line);
    this.table = fitName(this.options.table ?? snakeCase(line.model.replaceAll('.', '_')));
    this.module = base!.module;
    this.modules = line.layers.map(({ module }) => module);
    this.line = line.layers.map(({ definition }) => definition.target);
    this.description = this.options.description ?? humanise(line.model.replaceAll('.', ' '));
    this.log = this.options.log ?? true;
    const { recordOf, setOf } = recordConstructors(this.prototype);
    this.recordOf = recordOf;
    this.setOf = setOf;
    const overrides = (method: string): boolean =>
      line.classes.some(({ prototype }) => Object.hasOwn(prototype, method));
    this.overrides = { create: overrides('create'), write: overrides('write'), unlink: overrides('unlink') };
  }

  /** Slots of a row: bookkeeping and one for each field but `id`. */
  get width(): number {
    return FIRST_FIELD_SLOT + this.fields.size - 1;
  }

  /** Made at its first use, when all fields are known. */
  get fetch(): FetchPlan {
    return (this.#fetch ??= fetchPlan(
      this.width,
      this.stored.filter((field) => !field.lazy),
    ));
  }

  findField(name: string): Field | undefined {
    return this.fields.get(name);
  }

  fieldNames(): Iterable<string> {
    return this.fields.keys();
  }

  /** The topmost getter that a layer wrote for a property; undefined: none did. */
  getterOf(name: string): ((this: object) => unknown) | undefined {
    const getters = this.source.classes.map(({ prototype }) => Object.getOwnPropertyDescriptor(prototype, name)?.get);
    return getters.findLast((getter) => getter !== undefined);
  }

  /** The module to name in a complaint about a member: that of the last layer that has it. */
  moduleOf(member: string): string {
    const classes = this.source.classes.filter(({ prototype }) => Object.hasOwn(prototype, member));
    return classes.at(-1)?.layer.module ?? this.fields.get(member)?.module ?? this.module;
  }

  /** The module whose word on an option of the model is the last. */
  moduleOfOption(name: keyof ModelOptions): string {
    return this.source.layers.findLast(({ options }) => options[name] !== undefined)?.module ?? this.module;
  }
}
