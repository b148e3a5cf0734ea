import { didYouMean } from '../errors/nearest.js';
import type { Field } from '../fields/field.js';
import { RelationalField } from '../fields/relational.js';
import type { Computation, ConstraintMethod, Trigger } from '../model/composed-model.js';
import { isComputation } from '../model/composed-model.js';
import { inverseOf, targetOf } from '../model/relations.js';
import { collectComputations } from './computations.js';
import type { Drafts } from './link-relations.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/**
 * The fifth stage: which computation and which check looks at what, and so what follows from each change. Triggers are
 * the paths of `@Depends` and `@Constrains` read backwards.
 */
export function dependencyGraph(drafts: Drafts, problems: Problems): void {
  for (const draft of drafts.values()) collectComputations(draft, problems);
  for (const draft of drafts.values()) {
    for (const computation of draft.computations) {
      const what = computation.fields[0]!.related === null ? '@Depends' : 'related';
      addTriggers(draft, { effect: computation, what, drafts }, problems);
    }
    for (const constraint of draft.constraintMethods) {
      addTriggers(draft, { effect: constraint, what: '@Constrains', drafts }, problems);
    }
  }
  rank(drafts, problems);
  markReach(drafts);
}

interface Watching {
  readonly effect: Computation | ConstraintMethod;
  readonly what: string;
  readonly drafts: Drafts;
}

function addTriggers(draft: ModelDraft, watching: Watching, problems: Problems): void {
  for (const path of watching.effect.paths) {
    const fields = resolvePath(draft, path, watching, problems);
    fields?.forEach((field, index) => {
      watch(field, fields.slice(0, index), watching);
      if (field.relation === null || field.relation.kind === 'many2one') return;
      // A list changes with the many2one of its lines, and with what archives them.
      const target = targetOf(field) as ModelDraft;
      const through = fields.slice(0, index + 1);
      if (field.relation.kind === 'one2many') watch(inverseOf(field), through, watching);
      if (target.activeField !== null) watch(target.fields.get(target.activeField)!, through, watching);
    });
  }
}

/** The fields along a path; undefined and a complaint if a hop does not exist. */
function resolvePath(
  draft: ModelDraft,
  path: string,
  { effect, what }: Watching,
  problems: Problems,
): Field[] | undefined {
  const fields: Field[] = [];
  let model = draft;
  for (const [index, name] of path.split('.').entries()) {
    const before = fields[index - 1];
    const complain = (message: string): undefined => {
      const subject = isComputation(effect) ? effect.fields[0]!.name : effect.method;
      problems.add({
        model: draft.name,
        field: subject,
        module: draft.moduleOf(isComputation(effect) ? (effect.method ?? subject) : subject),
        message: `${what}('${path}'): ${message}`,
        hint: 'Correct the path; it goes over relations, field by field.',
      });
    };
    if (before !== undefined) {
      if (before.relation === null) {
        // A relation that could not be linked is a problem already.
        if (before instanceof RelationalField) return undefined;
        return complain(`${before.model}.${before.name} is no relation.`);
      }
      model = targetOf(before) as ModelDraft;
    }
    const field = model.fields.get(name);
    if (field === undefined) {
      return complain(`${model.name} has no field "${name}".${didYouMean(name, model.fields.keys())}`);
    }
    fields.push(field);
  }
  return fields;
}

function watch(field: Field, back: readonly Field[], { effect, drafts }: Watching): void {
  const draft = drafts.get(field.model)!;
  const known = draft.triggers.get(field) ?? [];
  const isKnown = known.some(
    (other) =>
      other.effect === effect &&
      other.back.length === back.length &&
      other.back.every((hop, index) => hop === back[index]),
  );
  if (isKnown) return;
  const places: { trigger: Trigger; remaining: number }[] = [];
  const trigger: Trigger = { effect, back, reachesStored: false, places };
  for (let remaining = 0; remaining <= back.length; remaining++) places.push({ trigger, remaining });
  draft.triggers.set(field, [...known, trigger]);
}

/** Gives each computation a rank above those it reads from. @returns nothing; a circle is a problem */
function rank(drafts: Drafts, problems: Problems): void {
  const ranks = new Map<Computation, number>();
  const open = new Set<Computation>();
  const visit = (computation: Computation): number => {
    const known = ranks.get(computation);
    if (known !== undefined) return known;
    if (open.has(computation)) {
      complainOfCircle(computation, problems);
      return 0;
    }
    open.add(computation);
    const inputs = inputsOf(computation, drafts).map(visit);
    open.delete(computation);
    const own = 1 + Math.max(0, ...inputs);
    ranks.set(computation, own);
    (computation as { rank: number }).rank = own;
    return own;
  };
  for (const draft of drafts.values()) draft.computations.forEach(visit);
}

/** Computations whose fields lie on the paths of this one. */
function inputsOf(computation: Computation, drafts: Drafts): Computation[] {
  const inputs = new Set<Computation>();
  for (const path of computation.paths) {
    let model: ModelDraft | undefined = drafts.get(computation.model.name);
    for (const name of path.split('.')) {
      const field: Field | undefined = model?.fields.get(name);
      if (model === undefined || field === undefined) break;
      const input = model.computationOf.get(field);
      if (input !== undefined) inputs.add(input);
      model = field.relation === null ? undefined : (targetOf(field) as ModelDraft);
    }
  }
  return [...inputs];
}

function complainOfCircle({ model, fields }: Computation, problems: Problems): void {
  const [field] = fields;
  problems.add({
    model: model.name,
    field: field!.name,
    module: field!.module,
    message: 'It is computed from itself, directly or by way of other computed fields.',
    hint: 'Break the circle: compute one of the fields from stored values only. Recursive fields are not available in this version.',
  });
}

/** Whether a stored field or a check is at the end of a trigger, perhaps behind fields without a column. */
function markReach(drafts: Drafts): void {
  const reaching = new Map<Computation, boolean>();
  const reaches = (effect: Computation | ConstraintMethod): boolean => {
    if (!isComputation(effect) || effect.stored) return true;
    const known = reaching.get(effect);
    if (known !== undefined) return known;
    reaching.set(effect, false);
    const draft = drafts.get(effect.model.name)!;
    const found = effect.fields.some((field) =>
      (draft.triggers.get(field) ?? []).some((trigger) => reaches(trigger.effect)),
    );
    reaching.set(effect, found);
    return found;
  };
  for (const draft of drafts.values()) {
    for (const triggers of draft.triggers.values()) {
      for (const trigger of triggers) (trigger as { reachesStored: boolean }).reachesStored = reaches(trigger.effect);
    }
  }
}
