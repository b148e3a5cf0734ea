import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { ROOT, type Source } from './source.js';

/** Links of a document to files that are not there. */
export function findBrokenLinks(documents: readonly Source[]): readonly string[] {
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)]
      .map(([, link = '']) => posix.join(posix.dirname(path), link))
      .filter((target) => !existsSync(join(ROOT, target)))
      .map((target) => `${path} links to ${target}`),
  );
}
