import { describe, expect, it } from 'vitest';
import {
  findConsoleUses,
  findDefaultExports,
  findIndexFiles,
  findMachinePaths,
  findNames,
  findNestInCore,
  findSettingsReaders,
} from './checks/boundaries.js';
import { findCycles, findModuleCycles } from './checks/cycles.js';
import { findBrokenLinks } from './checks/documents.js';
import { findLayerBreaches } from './checks/layers.js';
import { findLongFiles, findLongFunctions } from './checks/sizes.js';
import type { Source } from './checks/source.js';

/** A check that finds nothing anywhere would pass too: each is shown a wrong example, and the right one beside it. */
function source(path: string, text: string): Source {
  return { path, text };
}

describe('the layer check', () => {
  const upwards = [
    ["import { Cursor } from '../cursor/cursor.js';", 'a value'],
    ["import type { Cursor } from '../cursor/cursor.js';", 'a type'],
    ["export * from '../cursor/cursor.js';", 'a re-export'],
    ["type Cursor = import('../cursor/cursor.js').Cursor;", 'a type query'],
    ["const load = () => import('../cursor/cursor.js');", 'a late import'],
    ["declare module '../cursor/cursor.js' { interface Cursor { x: 1 } }", 'an augmentation'],
  ] as const;

  it.each(upwards)('refuses %s (%s) in a room below', (text) => {
    expect(findLayerBreaches([source('lib/pool/a.ts', text)])).toEqual([
      'lib/pool/a.ts:1 imports lib/cursor/cursor.ts: it points up',
    ]);
  });

  it('lets a file import its own room and those below', () => {
    const text = "import { a } from './b.js'; import type { C } from '../sql/sql.js'; import pg from 'pg';";
    expect(findLayerBreaches([source('lib/pool/a.ts', text)])).toEqual([]);
  });

  it('refuses an import between rooms of one storey', () => {
    expect(findLayerBreaches([source('lib/cache/a.ts', "import '../schema/b.js';")])).toEqual([
      'lib/cache/a.ts:1 imports lib/schema/b.ts: rooms of one storey do not know each other',
    ]);
  });

  it('refuses a room that imports an entry point, a file outside the library, and a room nobody drew', () => {
    expect(
      findLayerBreaches([
        source('lib/nest/a.ts', "import '../index.js';"),
        source('lib/nest/b.ts', "import '../../test/support/c.js';"),
        source('lib/helpers/d.ts', ''),
      ]),
    ).toEqual([
      'lib/nest/a.ts:1 imports lib/index.ts: an entry point is above every room',
      'lib/nest/b.ts:1 imports test/support/c.ts: the library stands alone',
      'lib/helpers/d.ts stands in the unknown room "helpers"',
    ]);
  });

  it('keeps Nest out of the core entry point', () => {
    expect(findLayerBreaches([source('lib/core.ts', "export * from './nest/registry.module.js';")])).toEqual([
      'lib/core.ts:1 imports lib/nest/registry.module.ts: it reaches above registry',
    ]);
  });
});

describe('the cycle check', () => {
  it('finds a circle of three files that is closed by a type', () => {
    expect(
      findCycles([
        source('lib/sql/a.ts', "import './b.js';"),
        source('lib/sql/b.ts', "import './c.js';"),
        source('lib/sql/c.ts', "import type { A } from './a.js';"),
      ]),
    ).toEqual(['lib/sql/a.ts → lib/sql/b.ts → lib/sql/c.ts → lib/sql/a.ts']);
  });

  it('accepts two ways to one file', () => {
    expect(
      findCycles([
        source('lib/sql/a.ts', "import './b.js'; import './c.js';"),
        source('lib/sql/b.ts', "import './d.js';"),
        source('lib/sql/c.ts', "import './d.js';"),
        source('lib/sql/d.ts', ''),
      ]),
    ).toEqual([]);
  });
});

describe('the check of modules', () => {
  it('finds two folders that know each other through different files', () => {
    expect(
      findModuleCycles([
        source('sample-app/sales/a.ts', "import '../loyalty/b.js';"),
        source('sample-app/sales/c.ts', ''),
        source('sample-app/loyalty/d.ts', "import '../sales/c.js';"),
      ]),
    ).toEqual(['sample-app/sales → sample-app/loyalty → sample-app/sales']);
  });

  it('accepts one direction', () => {
    const sources = [source('sample-app/sales/a.ts', ''), source('sample-app/loyalty/d.ts', "import '../sales/a.js';")];
    expect(findModuleCycles(sources)).toEqual([]);
  });
});

describe('the check of links', () => {
  it('finds a link to a file that is not there, and lets others be', () => {
    const text = '[a](nowhere.md) [b](../README.md#top) [c](https://example.org/x) [d](#here)';
    expect(findBrokenLinks([source('docs/a.md', text)])).toEqual(['docs/a.md links to docs/nowhere.md']);
  });
});

describe('the size checks', () => {
  it('count the lines of a file', () => {
    expect(findLongFiles([source('a.ts', '\n'.repeat(3) + 'x'), source('b.ts', 'x\nx\nx\n')], 3)).toEqual([
      'a.ts has 4 lines',
    ]);
  });

  it('count the lines of functions, methods and arrows, and let a hot path pass that says so', () => {
    const body = `{\n${'x;\n'.repeat(3)}}`;
    const text = `function f() ${body}\nclass C { m() ${body} }\nconst g = () => ${body};\n/** A hot path: measured. */\nfunction h() ${body}`;
    expect(findLongFunctions([source('a.ts', text)], 4)).toEqual([
      'a.ts:1 f has 5 lines',
      'a.ts:6 m has 5 lines',
      'a.ts:11 a function without a name has 5 lines',
    ]);
  });
});

describe('the boundary checks', () => {
  it('find Nest and rxjs in the core, and let the room of Nest have them', () => {
    const text = "import type { Type } from '@nestjs/common'; import { of } from 'rxjs';";
    expect(findNestInCore([source('lib/model/a.ts', text), source('lib/nest/b.ts', text)])).toEqual([
      'lib/model/a.ts:1 imports @nestjs/common',
      'lib/model/a.ts:1 imports rxjs',
    ]);
  });

  it.each(["process.env['X']", 'const { env } = process', "process['env']", "import { env } from 'node:process'"])(
    'find settings read by %s',
    (text) => {
      expect(findSettingsReaders([source('lib/pool/a.ts', text)])).toHaveLength(1);
      expect(findSettingsReaders([source('lib/nest/registry-options.ts', text)])).toEqual([]);
    },
  );

  it('let other parts of the process be used', () => {
    expect(findSettingsReaders([source('lib/pool/a.ts', 'process.hrtime(); process.on("exit", f);')])).toEqual([]);
  });

  it.each(['console.log(1)', "console['warn'](1)", 'const { log } = console', 'globalThis.console.log(1)'])(
    'find %s',
    (text) => {
      expect(findConsoleUses([source('lib/pool/a.ts', text)])).not.toEqual([]);
    },
  );

  it('find a second index file', () => {
    expect(findIndexFiles([source('lib/index.ts', ''), source('lib/pool/index.ts', '')])).toEqual([
      'lib/pool/index.ts',
    ]);
  });

  it.each(['export default class A {}', 'const a = 1; export default a;', 'class A {} export { A as default };'])(
    'find the default export in %s',
    (text) => {
      expect(findDefaultExports([source('a.ts', text)])).toEqual(['a.ts:1']);
    },
  );

  it('find no default export in a switch', () => {
    expect(findDefaultExports([source('a.ts', 'switch (1) { default: break; }')])).toEqual([]);
  });

  it('find a name in code, and let comments speak of it', () => {
    const text = "/** Not loyalty. */ import { x } from '../loyalty/x.js'; loyaltyOf(x);";
    expect(findNames([source('a.ts', text)], /loyalty/i)).toEqual(['a.ts:1 ../loyalty/x.js', 'a.ts:1 loyaltyOf']);
  });

  it('find folders of a machine', () => {
    const texts = [`see /${'home'}/jo/x`, `"/${'work'}/main"`, 'https://example.org/home/x', '../root/x'];
    expect(texts.map((text) => findMachinePaths([source('a.md', text)]).length)).toEqual([1, 1, 0, 0]);
  });
});
