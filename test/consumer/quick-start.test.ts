import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerFolder } from './support/consumer-folder.js';
import { processesLeftIn } from './support/processes.js';
import { readQuickStart, type QuickStart } from './support/readme.js';
import { RunningApplication } from './support/running-application.js';

describe('the quick start of the README, in a new application', () => {
  let quickStart: QuickStart;
  let folder: ConsumerFolder;
  const running: RunningApplication[] = [];

  const tsc = (...options: string[]): Promise<string> => folder.node(['node_modules/typescript/bin/tsc', ...options]);
  const start = async (): Promise<RunningApplication> => {
    const application = await RunningApplication.start('dist/main.js', { cwd: folder.path, timeout: 120_000 });
    running.push(application);
    return application;
  };

  beforeAll(async () => {
    quickStart = await readQuickStart();
    folder = await ConsumerFolder.create();
    for (const install of quickStart.installs) {
      await folder.npm(install.map((word) => (word === 'nest-registry' ? inject('tarball') : word)));
    }
    for (const { path, text } of quickStart.files) await folder.write(path, text);
  });

  afterAll(async () => {
    await Promise.all(running.map((application) => application.end('SIGKILL', 10_000)));
    await folder.remove();
  });

  it('has under 40 lines of code', () => {
    const code = quickStart.files.filter(({ path }) => path.endsWith('.ts'));
    expect(code.length).toBeGreaterThan(0);
    expect(code.flatMap(({ text }) => text.trimEnd().split('\n')).length).toBeLessThan(40);
  });

  it('compiles', async () => {
    await tsc();
  });

  it('finds declarations of the package that need no types besides those installed', async () => {
    const problems = await tsc('--noEmit', '--skipLibCheck', 'false').catch((error: unknown) => String(error));
    expect(problems.split('\n').filter((line) => line.includes('node_modules/nest-registry/'))).toEqual([]);
  });

  const post = (application: RunningApplication, body: object): Promise<Response> =>
    fetch(`${application.url}/partners`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('serves: what is created is found, with the extension’s field', async () => {
    const application = await start();
    const created = await post(application, { name: 'Ada', country: 'Greece' });
    expect([created.status, await created.json()]).toEqual([201, expect.objectContaining({ name: 'Ada', points: 0 })]);
    const list = await fetch(`${application.url}/partners`);
    expect(await list.json()).toEqual([
      expect.objectContaining({
        name: 'Ada',
        points: 0,
        country: expect.objectContaining({ name: 'Greece' }) as unknown,
      }),
    ]);
  });

  it('answers a wrong value with its field, and keeps nothing of the request', async () => {
    const [application] = running;
    const refused = await post(application as RunningApplication, { name: 5, country: 'Atlantis' });
    expect([refused.status, await refused.json()]).toEqual([
      422,
      expect.objectContaining({ code: 'FIELD_VALUE', model: 'res.partner', field: 'name' }),
    ]);
    const list = await fetch(`${(application as RunningApplication).url}/partners`);
    expect(await list.json()).toHaveLength(1);
  });

  it('ends on SIGTERM and leaves no process behind', async () => {
    await Promise.all(running.map((application) => application.end('SIGTERM', 20_000)));
    expect(await processesLeftIn(folder.path, 10_000)).toEqual([]);
  });

  it('has its data at the next start, and leaves no process behind when it is killed', async () => {
    const application = await start();
    expect(await (await fetch(`${application.url}/partners`)).json()).toHaveLength(1);
    await application.end('SIGKILL', 10_000);
    expect(await processesLeftIn(folder.path, 20_000)).toEqual([]);
  });

  it('can be required by a file that is no ES module', async ({ skip }) => {
    skip(!process.features.require_module, 'This Node cannot require ES modules.');
    await folder.write('required.cjs', "console.log(typeof require('nest-registry').RegistryModule.forRoot);");
    expect(await folder.node([join(folder.path, 'required.cjs')])).toContain('function');
  });
});
