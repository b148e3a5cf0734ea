import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './source.js';

/** The entry points of the package, without `lib/` and ending. */
export const ENTRY_POINTS = ['index', 'core', 'embedded', 'opentelemetry'] as const;

/** For each entry point: name and kind of everything it exports, sorted, one a line. */
export function describeExports(): ReadonlyMap<string, readonly string[]> {
  const paths = ENTRY_POINTS.map((name) => join(ROOT, 'lib', `${name}.ts`));
  const program = ts.createProgram(paths, compilerOptions());
  const checker = program.getTypeChecker();
  return new Map(
    ENTRY_POINTS.map((name, index) => {
      const file = program.getSourceFile(paths[index] ?? '');
      const symbol = file && checker.getSymbolAtLocation(file);
      if (!symbol) throw new Error(`The entry point ${name} exports nothing.`);
      return [name, describeModule(symbol, checker)];
    }),
  );
}

function describeModule(symbol: ts.Symbol, checker: ts.TypeChecker): readonly string[] {
  return checker
    .getExportsOfModule(symbol)
    .map((exported) => `${exported.name}: ${kindsOf(exported, checker).join(', ')}`)
    .sort((a, b) => (a < b ? -1 : 1));
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as { config: unknown };
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

const KINDS: readonly (readonly [ts.SymbolFlags, string])[] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Variable, 'constant'],
  [ts.SymbolFlags.Enum, 'enum'],
  [ts.SymbolFlags.Interface, 'interface'],
  [ts.SymbolFlags.TypeAlias, 'type'],
  [ts.SymbolFlags.Namespace, 'namespace'],
];

function kindsOf(symbol: ts.Symbol, checker: ts.TypeChecker): readonly string[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const typeOnly = isTypeOnly(symbol) ? ['type-only'] : [];
  return [...typeOnly, ...KINDS.filter(([flag]) => target.flags & flag).map(([, kind]) => kind)];
}

function isTypeOnly(symbol: ts.Symbol): boolean {
  return (
    symbol.declarations?.some((node) => ts.isExportSpecifier(node) && ts.isTypeOnlyExportDeclaration(node)) ?? false
  );
}
