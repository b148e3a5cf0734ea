import { basename } from 'node:path/posix';
import ts from 'typescript';
import { lineOf, parse, referencesOf, walk, type Source } from './source.js';

/** Where Nest may be known: its own room, the main entry point and the optional ones above it. */
const NEST_ROOM = /^lib\/nest\//;
const NEST_ENTRY_POINT = /^lib\/index\.ts$/;
/** Where the settings of the process may be read. */
const SETTINGS_READERS = /^lib\/(nest\/registry-options\.ts|embedded(\/.*|\.ts))$/;

/** Files of the core that name Nest or rxjs, in types too. */
export function findNestInCore(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => !NEST_ROOM.test(path) && !NEST_ENTRY_POINT.test(path))
    .flatMap((source) =>
      referencesOf(source)
        .filter(({ specifier }) => /^(@nestjs\/|rxjs(\/|$))/.test(specifier))
        .map(({ specifier, line }) => `${source.path}:${line} imports ${specifier}`),
    );
}

/** Places that read `process.env` outside the files that own the settings. */
export function findSettingsReaders(sources: readonly Source[]): readonly string[] {
  return findUses(
    sources.filter(({ path }) => !SETTINGS_READERS.test(path)),
    'process',
    'env',
  );
}

/** Places that write to the console. */
export function findConsoleUses(sources: readonly Source[]): readonly string[] {
  return findUses(sources, 'console');
}

/** Files called `index.ts` besides the public API itself. */
export function findIndexFiles(sources: readonly Source[]): readonly string[] {
  return sources.map(({ path }) => path).filter((path) => basename(path) === 'index.ts' && path !== 'lib/index.ts');
}

/** Lines that name a folder of somebody's machine. */
export function findMachinePaths(sources: readonly Source[]): readonly string[] {
  const pattern = /(?<![\w.])\/(?:work|home(?!\/linuxbrew)|root|Users)\/\w|[A-Z]:\\\\?Users/;
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
}

/** Names and texts in code, comments aside, that match `pattern`. */
export function findNames(sources: readonly Source[], pattern: RegExp): readonly string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    walk(parse(source), (node) => {
      if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return;
      if (pattern.test(node.text)) found.push(`${source.path}:${lineOf(node)} ${node.text}`);
    });
    return found;
  });
}

/** Default exports: names are part of the contract, and a default has none. */
export function findDefaultExports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    walk(parse(source), (node) => {
      if (isDefaultExport(node)) found.push(`${source.path}:${lineOf(node)}`);
    });
    return found;
  });
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword;
}

function findUses(sources: readonly Source[], object: string, property?: string): readonly string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    walk(parse(source), (node) => {
      if (isUse(node, object, property)) found.push(`${source.path}:${lineOf(node)} ${node.getText()}`);
    });
    return found;
  });
}

function isUse(node: ts.Node, object: string, property: string | undefined): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return isNamed(node.expression, object) && (property === undefined || node.name.text === property);
  }
  if (ts.isElementAccessExpression(node)) return isNamed(node.expression, object);
  if (ts.isImportDeclaration(node)) {
    return ts.isStringLiteral(node.moduleSpecifier) && node.moduleSpecifier.text === `node:${object}`;
  }
  return ts.isVariableDeclaration(node) && node.initializer !== undefined && isNamed(node.initializer, object);
}

function isNamed(node: ts.Node, name: string): boolean {
  if (ts.isIdentifier(node)) return node.text === name;
  return ts.isPropertyAccessExpression(node) && isNamed(node.expression, 'globalThis') && node.name.text === name;
}
