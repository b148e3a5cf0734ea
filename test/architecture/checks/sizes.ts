import ts from 'typescript';
import { lineOf, parse, walk, type Source } from './source.js';

/** Files longer than `limit` lines. */
export function findLongFiles(sources: readonly Source[], limit: number): readonly string[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path} has ${lines} lines`);
}

/** Functions longer than `limit` lines, unless the comment above says that it is a hot path and why. */
export function findLongFunctions(sources: readonly Source[], limit: number): readonly string[] {
  return sources.flatMap((source) => {
    const found: string[] = [];
    walk(parse(source), (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
      const lines = source.text.slice(node.getStart(), node.getEnd()).split('\n').length;
      if (lines > limit && !isHotPath(node, source.text)) {
        found.push(`${source.path}:${lineOf(node)} ${nameOf(node)} has ${lines} lines`);
      }
    });
    return found;
  });
}

function isHotPath(node: ts.Node, text: string): boolean {
  return /hot path/i.test(text.slice(node.getFullStart(), node.getStart()));
}

function nameOf(node: ts.SignatureDeclaration): string {
  return node.name?.getText() ?? 'a function without a name';
}
