import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';

/** What the figures depend on; never a name of the machine or of a place on it. */
export function surroundings(postgres: string): string[] {
  const [cpu] = cpus();
  return [
    `${cpu?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${process.platform} ${process.arch}`,
    `Node ${process.versions.node}, PostgreSQL ${postgres}`,
    [
      ['pg', 'pg'],
      ['Nest', '@nestjs/core'],
      ['TypeORM', 'typeorm'],
      ['MikroORM', '@mikro-orm/core'],
      ['pg-pool', 'pg-pool'],
      ['postgres.js', 'postgres'],
    ]
      .map(([title, name]) => `${title} ${versionOf(name!)}`)
      .join(', '),
  ];
}

function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  for (const folder of resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'not installed';
}
