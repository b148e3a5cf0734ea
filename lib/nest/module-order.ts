import type { Module as NestModule } from '@nestjs/core/injector/module.js';
import { FEATURE, type Feature } from './registry.tokens.js';

/**
 * The modules of an application, what a module imports before the module itself; ties as they are written. Modules that
 * `forFeature` made are left out: what they bring belongs to their importer, see `featuresOf`.
 *
 * A global module counts as imported by all: it comes first unless it imports others itself. In a circle of imports, which
 * `forwardRef` allows, the module that is reached first comes last.
 */
export function modulesInOrder(modules: Iterable<NestModule>): readonly NestModule[] {
  const all = [...modules];
  const ordered = new Set<NestModule>();
  const entered = new Set<NestModule>();
  const visit = (module: NestModule): void => {
    if (entered.has(module)) return;
    entered.add(module);
    for (const imported of writtenImports(module)) visit(imported);
    if (!isFeature(module)) ordered.add(module);
  };
  for (const module of all) if (module.isGlobal) visit(module);
  for (const module of all) visit(module);
  return [...ordered];
}

/** The modules by which `forFeature` brings models into this one, as they are written. */
export function featuresOf(module: NestModule): readonly NestModule[] {
  return [...module.imports].filter(isFeature);
}

/** Name of a module: what `forFeature` was told, or the class in kebab-case without `Module`. */
export function moduleName(module: NestModule, feature?: NestModule): string {
  const told = feature === undefined ? undefined : (feature.providers.get(FEATURE)?.instance as Feature | undefined);
  return told?.module ?? kebabCase(module.name.replace(/Module$/, '') || module.name);
}

function isFeature(module: NestModule): boolean {
  return module.providers.has(FEATURE);
}

/** The container adds each global module to the imports of all others; those links say nothing about order. */
function writtenImports(module: NestModule): readonly NestModule[] {
  const written = (Reflect.getMetadata('imports', module.metatype) ?? []) as readonly unknown[];
  const classes = new Set(written.map(classOf));
  return [...module.imports].filter((imported) => !imported.isGlobal || classes.has(imported.metatype));
}

/** The class of an import as it is written: a class, a dynamic module, or a forward reference to one. */
function classOf(written: unknown): unknown {
  if (typeof written !== 'object' || written === null) return written;
  if ('forwardRef' in written && typeof written.forwardRef === 'function') return classOf(written.forwardRef());
  return 'module' in written ? written.module : undefined;
}

function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
