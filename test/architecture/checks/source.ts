import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The package root. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** One source file, as the checks see it; a test may write its own. */
export interface Source {
  /** Path from the package root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A module that a file names, however it does: import, re-export, type query or call. */
export interface Reference {
  /** As it is written. */
  readonly specifier: string;
  /** The file it means, from the package root; `null` for a package. */
  readonly target: string | null;
  /** Line of the source, from 1. */
  readonly line: number;
}

/** Reads every file below `folder` (from the package root) whose name ends in one of `endings`. */
export function readSources(folder: string, endings: readonly string[] = ['.ts']): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(ROOT, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }))
    .filter(({ path }) => !path.includes('node_modules/'))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The documents beside package.json. */
export function readDocuments(): readonly Source[] {
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
}

const parsed = new WeakMap<Source, ts.SourceFile>();

/** Parses a source, once; parents are set. */
export function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known) return known;
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
  parsed.set(source, file);
  return file;
}

/** Calls `see` for every node of the tree, in order. */
export function walk(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => walk(child, see));
}

/** Line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}

/** Everything a source refers to, types included. */
export function referencesOf(source: Source): readonly Reference[] {
  const references: Reference[] = [];
  walk(parse(source), (node) => {
    const literal = moduleNameOf(node);
    if (!literal) return;
    references.push({ specifier: literal.text, target: targetOf(source.path, literal.text), line: lineOf(node) });
  });
  return references;
}

function moduleNameOf(node: ts.Node): ts.StringLiteralLike | undefined {
  const name = nameNodeOf(node);
  return name && ts.isStringLiteralLike(name) ? name : undefined;
}

function nameNodeOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isModuleDeclaration(node)) return node.name;
  if (ts.isCallExpression(node) && isModuleCall(node)) return node.arguments[0];
  return undefined;
}

function isModuleCall(node: ts.CallExpression): boolean {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(node.expression) && node.expression.text === 'require';
}

function targetOf(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}
