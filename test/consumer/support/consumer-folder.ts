import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run, runNpm } from './run.js';

/** A folder outside this project in which the packed package is installed. */
export class ConsumerFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty package of ES modules. */
  static async create(): Promise<ConsumerFolder> {
    const path = await mkdtemp(join(tmpdir(), 'nest-registry-consumer-'));
    // A temporary folder is closed to others; a PostgreSQL that serves as another user must pass through.
    await chmod(path, 0o755);
    const folder = new ConsumerFolder(path);
    await folder.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
    return folder;
  }

  async write(path: string, text: string): Promise<void> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  npm(npmArguments: readonly string[]): Promise<string> {
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
    return runNpm([...npmArguments, ...quiet], { cwd: this.path });
  }

  /** Runs Node in the folder and resolves to what it wrote. */
  node(nodeArguments: readonly string[]): Promise<string> {
    return run(process.execPath, nodeArguments, { cwd: this.path });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
