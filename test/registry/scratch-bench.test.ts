import { it } from 'vitest';
import { buildModels } from '../../lib/registry/build.js';
import { BaseModel, Depends, Model, fields } from '../../lib/core.js';
const f = fields as unknown as Record<string, (...a: unknown[]) => (p: object, k: string) => void>;
it('bench', () => {
  const models: unknown[] = [];
  for (let i = 0; i < 100; i++) {
    const C = class extends BaseModel {
      m1() {
        return 1;
      }
      m2() {
        return 2;
      }
      get total() {
        return 1;
      }
    };
    for (let j = 0; j < 14; j++) f['Char']!({ string: 'x' })(C.prototype, `field${j}`);
    f['Many2one']!(() => `m.${(i + 1) % 100}`)(C.prototype, 'next');
    f['One2many']!(() => `m.${(i + 99) % 100}`, 'next')(C.prototype, 'prevs');
    f['Many2many']!(() => `m.${(i + 7) % 100}`)(C.prototype, 'others');
    f['Boolean']!({ default: true })(C.prototype, 'active');
    f['Integer']!()(C.prototype, 'amount');
    (f['Integer']!({ store: true }) as never as (p: object, k: string, d: unknown) => void)(
      C.prototype,
      'total',
      Object.getOwnPropertyDescriptor(C.prototype, 'total'),
    );
    Depends('amount', 'next.amount', 'prevs.amount')(C.prototype, 'total');
    Model(`m.${i}`)(C as never);
    models.push(C);
  }
  const times = [];
  for (let r = 0; r < 9; r++) {
    const t = performance.now();
    buildModels(models);
    times.push(+(performance.now() - t).toFixed(1));
  }
  console.log(times.join(' '));
});
