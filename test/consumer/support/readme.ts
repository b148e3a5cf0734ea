import { readFile } from 'node:fs/promises';

/** A fenced block whose info string names a file, such as `ts src/main.ts`. */
export interface ReadmeFile {
  readonly path: string;
  readonly text: string;
}

/** What a reader of the README would type and copy, word by word. */
export interface QuickStart {
  readonly files: readonly ReadmeFile[];
  /** The `npm install` lines, as lists of arguments after `npm`. */
  readonly installs: readonly (readonly string[])[];
}

export async function readQuickStart(): Promise<QuickStart> {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)];
  return {
    files: blocks.flatMap(([, , path, text]) => (path === undefined || text === undefined ? [] : [{ path, text }])),
    installs: [...readme.matchAll(/^npm (install .+)$/gm)].map(([, line = '']) => line.split(' ')),
  };
}
