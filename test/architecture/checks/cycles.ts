import { dirname } from 'node:path/posix';
import { referencesOf, type Source } from './source.js';

/** Groups of files that import each other in a circle, types included; each as `a → b → a`. */
export function findCycles(sources: readonly Source[]): readonly string[] {
  return cyclesOf(new Map(sources.map((source) => [source.path, targetsOf(source)])));
}

/** The same for folders: those whose files, taken together, import each other in a circle. */
export function findModuleCycles(sources: readonly Source[]): readonly string[] {
  const graph = new Map<string, readonly string[]>();
  for (const source of sources) {
    const folder = dirname(source.path);
    const others = targetsOf(source)
      .map(dirname)
      .filter((other) => other !== folder);
    graph.set(folder, [...(graph.get(folder) ?? []), ...others]);
  }
  return cyclesOf(graph);
}

function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return cycles;
}

function targetsOf(source: Source): readonly string[] {
  return referencesOf(source).flatMap(({ target }) => (target === null || target === source.path ? [] : [target]));
}
