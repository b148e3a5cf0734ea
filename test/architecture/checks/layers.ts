import { referencesOf, type Source } from './source.js';

/** The rooms of `lib`, low to high. Rooms of one storey do not import each other. */
export const STOREYS: readonly (readonly string[])[] = [
  ['errors', 'util', 'types'],
  ['sql'],
  ['pool', 'embedded'],
  ['cursor', 'metrics'],
  ['domain', 'schema', 'cache'],
  ['fields'],
  ['model'],
  ['environment'],
  ['registry'],
  ['nest'],
];

/** Entry points that must load without Nest: the highest room that each may reach. */
const CEILINGS: Readonly<Record<string, string>> = {
  'lib/core.ts': 'registry',
  'lib/embedded.ts': 'embedded',
  'lib/opentelemetry.ts': 'metrics',
};

/** Imports that do not point down, types included, and files that stand in no known room. */
export function findLayerBreaches(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    const room = roomOf(source.path);
    if (room !== null && storeyOf(room) < 0) return [`${source.path} stands in the unknown room "${room}"`];
    return referencesOf(source).flatMap(({ target, line }) => {
      const problem = target === null ? null : breach(source.path, target);
      return problem === null ? [] : [`${source.path}:${line} imports ${target}: ${problem}`];
    });
  });
}

function breach(from: string, to: string): string | null {
  if (!to.startsWith('lib/')) return 'the library stands alone';
  const [room, other] = [roomOf(from), roomOf(to)];
  if (other === null) return room === null ? null : 'an entry point is above every room';
  if (room === null) return breachOfCeiling(from, other);
  if (room === other || storeyOf(other) < storeyOf(room)) return null;
  return storeyOf(other) === storeyOf(room) ? 'rooms of one storey do not know each other' : 'it points up';
}

function breachOfCeiling(entryPoint: string, room: string): string | null {
  const ceiling = CEILINGS[entryPoint];
  return ceiling !== undefined && storeyOf(room) > storeyOf(ceiling) ? `it reaches above ${ceiling}` : null;
}

/** The room a file stands in; `null` for an entry point. */
function roomOf(path: string): string | null {
  const [, room, ...rest] = path.split('/');
  return rest.length === 0 ? null : (room ?? null);
}

function storeyOf(room: string): number {
  return STOREYS.findIndex((storey) => storey.includes(room));
}
