import { ownFieldDeclarations } from '../fields/field-declaration.js';
import type { AnyClass } from '../model/any-class.js';
import { ownFacts } from '../model/model-definition.js';
import type { LineClass } from './linearise.js';
import type { Problems } from './problems.js';

/** Records are not made by the class's own constructor, so what that would set up is not there. */
export function checkClass(model: string, { target, layer: { module } }: LineClass, problems: Problems): void {
  const complain = (field: string, message: string, hint: string): void =>
    problems.add({ model, field, module, message, hint });
  for (const name of privateMembers(target)) {
    complain(
      name,
      `${target.name} has a private member ${name}, which records do not have.`,
      'Write `private` methods instead, and fields for what a record keeps.',
    );
  }
  if (target.length > 0) {
    complain(
      'constructor',
      `The constructor of ${target.name} takes arguments, and records are not made by it.`,
      'Inject by property: @Inject(Mailer) readonly mailer!: Mailer.',
    );
  }
  const inherited = initialValues(Object.getPrototypeOf(target) as AnyClass);
  for (const [name, value] of Object.entries(initialValues(target))) {
    if (Object.hasOwn(inherited, name)) continue;
    if (typeof value === 'function') {
      complain(
        name,
        `${target.name}.${name} is a function kept in a property.`,
        `Write it as a method: ${name}() { … }.`,
      );
    } else if (value !== undefined && value !== null) {
      complain(
        name,
        `${target.name}.${name} has an initial value, which records never get.`,
        'Use the option `default` of a field, or a static member.',
      );
    }
  }
  for (const name of [...ownFieldDeclarations(target).keys(), ...(ownFacts(target)?.keys() ?? [])]) {
    complain(
      name,
      `The decorators of ${target.name}.${name} are on a static member.`,
      'Fields, computations and checks are of records: leave out `static`.',
    );
  }
}

/** Comments and texts, in which a # means nothing. */
const NO_CODE = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
/** A declaration of a private member; one of `static` belongs to the class and does no harm. */
const PRIVATE_MEMBER = /(?<![.\w$]\s*)(?<!\bstatic\s+(?:async\s+|get\s+|set\s+|\*\s*)*)(#[\w$]+)\s*(?=[=;({])/g;

function privateMembers(target: AnyClass): Set<string> {
  const code = String(target).replace(NO_CODE, "''");
  return new Set([...code.matchAll(PRIVATE_MEMBER)].map(([, name]) => name!));
}

/** What the class's constructor would leave on an object; nothing if it needs arguments that it does not get. */
function initialValues(target: AnyClass): Record<string, unknown> {
  try {
    return { ...new (target as new () => object)() };
  } catch {
    // A constructor that cannot run without its dependencies says nothing about properties; the container runs it.
    return {};
  }
}
