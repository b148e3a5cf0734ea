import type { FakeField, FakeModel } from './domain-fixture.js';
import type { FakeReader, FakeRecord } from './domain-rows.js';

/**
 * What a written domain means, said as plainly as possible and without any code of the package: every record is looked at,
 * nothing is normalised, rewritten or merged.
 */
export class DomainReference {
  readonly #records: readonly FakeRecord[];
  readonly #reader: FakeReader;
  readonly #activeTest: boolean;

  constructor(records: readonly FakeRecord[], reader: FakeReader, options: { readonly activeTest: boolean }) {
    this.#records = records;
    this.#reader = reader;
    this.#activeTest = options.activeTest;
  }

  /** Whether a record satisfies a domain, the active filter at the domain's own level left out. */
  holds(model: FakeModel, written: readonly unknown[], record: FakeRecord): boolean {
    let index = 0;
    const next = (): boolean => {
      const element = written[index++];
      if (element === '!') return !next();
      if (element === '&' || element === '|') {
        const [left, right] = [next(), next()];
        return element === '&' ? left && right : left || right;
      }
      return this.#term(model, element as readonly [string, string, unknown], record);
    };
    let all = true;
    while (index < written.length) all = next() && all;
    return all;
  }

  #term(model: FakeModel, [path, operator, operand]: readonly [string, string, unknown], record: FakeRecord): boolean {
    const dot = path.indexOf('.');
    if (dot !== -1) {
      const field = model.findField(path.slice(0, dot))!;
      return this.#some(field, record, [[path.slice(dot + 1), operator, operand]]);
    }
    const field = model.findField(path)!;
    if (operator === '!=') return !this.#positive(model, field, '=', operand, record);
    if (operator.startsWith('not ')) return !this.#positive(model, field, operator.slice(4), operand, record);
    return this.#positive(model, field, operator, operand, record);
  }

  #positive(model: FakeModel, field: FakeField, operator: string, operand: unknown, record: FakeRecord): boolean {
    if (operator === 'in' || (operator === '=' && Array.isArray(operand))) {
      const elements = Array.isArray(operand) ? (operand as readonly unknown[]) : [operand];
      return elements.some((element) => this.#positive(model, field, '=', element, record));
    }
    if (operator === 'child_of' || operator === 'parent_of')
      return this.#inTree(model, field, operator, operand, record);
    if (field.relation === null) return scalarHolds(field, operator, operand, this.#value(field, record));
    if (operator === 'any') return this.#some(field, record, operand as readonly unknown[]);
    const name = field.relation.target.displayNameField!;
    if (operator.endsWith('like')) {
      if (operand === '' && !operator.startsWith('=')) return this.#some(field, record, []);
      return this.#some(field, record, [[name, operator, operand]]);
    }
    if (operand === null) return !this.#some(field, record, []);
    return this.#some(field, record, [[typeof operand === 'string' ? name : 'id', '=', operand]]);
  }

  /** Whether some related record satisfies a domain; an archived one counts behind an x2many only if it is asked for. */
  #some(field: FakeField, record: FakeRecord, written: readonly unknown[]): boolean {
    const target = field.relation!.target as FakeModel;
    const named = written.some((element) => Array.isArray(element) && element[0] === target.activeField);
    const skips = this.#activeTest && field.kind !== 'many2one' && target.activeField !== null && !named;
    for (const related of this.#reader.related(record, field)) {
      if (skips && related.values[target.activeField!] !== true) continue;
      if (this.holds(target, written, related)) return true;
    }
    return false;
  }

  #inTree(model: FakeModel, field: FakeField, operator: string, operand: unknown, record: FakeRecord): boolean {
    const target = field.relation?.target as FakeModel | undefined;
    if (target !== undefined && field.kind !== 'many2one')
      return this.#some(field, record, [['id', operator, operand]]);
    const hierarchy = target ?? model;
    const parentName = hierarchy.parentField ?? 'parent';
    const itself = target === undefined || (target === model && field.name === parentName);
    const elements = Array.isArray(operand) ? (operand as readonly unknown[]) : [operand];
    const nodes = this.#records.filter((node) => node.model === hierarchy);
    const name = hierarchy.displayNameField!;
    const found = new Set(
      nodes.filter((node) => elements.includes(node.id) || elements.includes(node.values[name] ?? undefined)),
    );
    for (let size = -1; size !== found.size;) {
      size = found.size;
      for (const node of nodes) {
        const parent = nodes.find(({ id }) => id === node.values[parentName]);
        if (parent === undefined) continue;
        if (operator === 'child_of' && found.has(parent)) found.add(node);
        if (operator === 'parent_of' && found.has(node)) found.add(parent);
      }
    }
    const id = itself ? record.id : record.values[field.name];
    return [...found].some((node) => node.id === id);
  }

  #value(field: FakeField, record: FakeRecord): unknown {
    if (field.name === 'id') return record.id;
    const value = record.values[field.name] ?? null;
    return field.kind === 'boolean' ? value === true : value;
  }
}

function scalarHolds(field: FakeField, operator: string, operand: unknown, value: unknown): boolean {
  if (operator === '=')
    return operand === null ? value === null : value !== null && field.equal(value, field.convert(operand));
  if (operator.endsWith('like')) return likeHolds(operator, operand as string, value as string | null);
  if (value === null || operand === null) return false;
  const order = field.compare(value, field.convert(operand));
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator]!;
}

function likeHolds(operator: string, text: string, value: string | null): boolean {
  const wraps = !operator.startsWith('=');
  if (wraps && text === '') return true;
  if (value === null) return false;
  const fold = operator.endsWith('ilike')
    ? (from: string): string =>
        [...from].map((character) => (character === 'İ' ? 'i' : character.toLowerCase())).join('')
    : (from: string): string => from;
  if (wraps) return fold(value).includes(fold(text));
  const source = fold(text).replace(/\\?[^]/gu, (token) => {
    if (token === '%') return '[^]*';
    if (token === '_') return '[^]';
    const literal = token.length > 1 && token.startsWith('\\') ? token.slice(1) : token;
    return literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u').test(fold(value));
}
