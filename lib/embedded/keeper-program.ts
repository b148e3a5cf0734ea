import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// Nothing imports the keeper as code; naming it here makes every build that has this file compile it, too.
import type {} from './keeper-process.js';

/** The keeper's files: the one that runs and those that it imports. */
const FILES = ['keeper-process', 'server-run', 'leftovers'];

/**
 * The file that Node runs as the keeper: the compiled one beside this file. Under a runner that loads the TypeScript
 * sources, as the tests do, there is none yet, so it is compiled into `folder`.
 */
export async function keeperProgram(folder: string): Promise<string> {
  const besides = FILES.map((name) => fileURLToPath(new URL(`./${name}`, import.meta.url)));
  if (!import.meta.url.endsWith('.ts')) return `${besides[0]}.js`;
  const { transpileModule, ModuleKind, ScriptTarget } = createRequire(import.meta.url)(
    'typescript',
  ) as typeof import('typescript');
  const compiled = join(folder, 'keeper');
  await mkdir(compiled, { recursive: true });
  await replaceFile(join(compiled, 'package.json'), '{ "type": "module" }');
  for (const [index, name] of FILES.entries()) {
    const { outputText } = transpileModule(await readFile(`${besides[index]}.ts`, 'utf8'), {
      compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
    });
    await replaceFile(join(compiled, `${name}.js`), outputText);
  }
  return join(compiled, `${FILES[0]}.js`);
}

/** Another start may be reading it: it sees the old text or the new one. */
async function replaceFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${randomUUID().slice(0, 8)}`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
