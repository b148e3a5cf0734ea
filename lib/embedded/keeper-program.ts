import { readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// Nothing imports the keeper as code; naming it here makes every build that has this file compile it, too.
import type {} from './keeper-process.js';

/**
 * The file that Node runs as the keeper: the compiled one beside this file. Under a runner that loads the TypeScript
 * sources, as the tests do, there is none yet, so it is compiled into `folder`.
 */
export async function keeperProgram(folder: string): Promise<string> {
  const beside = fileURLToPath(new URL('./keeper-process', import.meta.url));
  if (!import.meta.url.endsWith('.ts')) return `${beside}.js`;
  const { transpileModule, ModuleKind, ScriptTarget } = createRequire(import.meta.url)(
    'typescript',
  ) as typeof import('typescript');
  const { outputText } = transpileModule(await readFile(`${beside}.ts`, 'utf8'), {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
  });
  const program = join(folder, 'keeper.mjs');
  const unfinished = `${program}.${randomUUID().slice(0, 8)}`;
  await writeFile(unfinished, outputText);
  await rename(unfinished, program);
  return program;
}
