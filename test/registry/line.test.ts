import { describe, expect, it } from 'vitest';
import { BaseModel, Depends, Extend, Model, fields, type Many, type Registry } from '../../lib/core.js';
import { composed, describeModels, permutations, problemsOf } from './support/build.js';

@Model('l.partner')
class Partner extends BaseModel<Partner> {
  @fields.Char() name!: string | null;

  greet(): string {
    return 'partner';
  }
  async archive(this: Many<Partner>): Promise<string[]> {
    return ['partner'];
  }
  get shout(): string {
    return 'partner';
  }
  set shout(value: string) {
    trail.push(`partner ${value}`);
  }
}

@Extend()
class PartnerSale extends Partner {
  override greet(): string {
    return `${super.greet()} sale`;
  }
  override async archive(this: Many<Partner>): Promise<string[]> {
    return [...(await super.archive()), 'sale'];
  }
  override get shout(): string {
    return `${super.shout} sale`;
  }
  override set shout(value: string) {
    trail.push(`sale ${value}`);
    super.shout = value;
  }
  discount(): string {
    return 'discount';
  }
}

@Extend()
class PartnerLoyalty extends Partner {
  override greet(): string {
    return `${super.greet()} loyalty`;
  }
  override async archive(this: Many<Partner>): Promise<string[]> {
    return [...(await super.archive()), 'loyalty'];
  }
  override get shout(): string {
    return `${super.shout} loyalty`;
  }
  override set shout(value: string) {
    trail.push(`loyalty ${value}`);
    super.shout = value;
  }
}

/** Knows of PartnerSale and extends it. */
@Extend()
class PartnerSaleTop extends PartnerSale {
  override greet(): string {
    return `${super.greet()} top`;
  }
  override discount(): string {
    return `${super.discount()} top`;
  }
}

/** Names the model and imports nobody's class. */
interface Greeter {
  greet(): string;
  discount(): string;
}
const Unaware = BaseModel<Partner> as unknown as abstract new () => BaseModel<Partner> & Greeter;

@Extend('l.partner')
class PartnerByName extends Unaware {
  override greet(): string {
    return `${super.greet()} byName`;
  }
  override discount(): string {
    return `${super.discount()} byName`;
  }
}

let trail: string[] = [];

interface Spoken extends Greeter {
  shout: string;
  archive(): Promise<string[]>;
}

function empty(registry: Registry): Spoken {
  const env = registry.environment(registry.cursor());
  return env.model(Partner) as unknown as Spoken;
}

describe('super', () => {
  it('walks from one sibling to the other, though both were written to extend the model', async () => {
    const registry = await composed([Partner, PartnerSale, PartnerLoyalty]);
    expect(empty(registry).greet()).toBe('partner sale loyalty');
  });

  it('awaits the next in line of an async method', async () => {
    const registry = await composed([Partner, PartnerSale, PartnerLoyalty]);
    await expect(empty(registry).archive()).resolves.toEqual(['partner', 'sale', 'loyalty']);
  });

  it('walks through getters and setters', async () => {
    const registry = await composed([Partner, PartnerSale, PartnerLoyalty]);
    trail = [];
    expect(empty(registry).shout).toBe('partner sale loyalty');
    empty(registry).shout = 'x';
    expect(trail).toEqual(['loyalty x', 'sale x', 'partner x']);
  });

  it('puts an extension of an extension above what it extends', async () => {
    const registry = await composed([PartnerSaleTop, PartnerLoyalty, Partner, PartnerSale]);
    expect(empty(registry).greet()).toBe('partner sale top loyalty');
    expect(empty(registry).discount()).toBe('discount top');
  });

  it('reaches from an extension by name what no class it extends ever had', async () => {
    const registry = await composed([Partner, PartnerSale, PartnerByName]);
    expect(empty(registry).greet()).toBe('partner sale byName');
    expect(empty(registry).discount()).toBe('discount byName');
  });

  it('ends at the model where a sibling is not installed', async () => {
    const registry = await composed([Partner, PartnerLoyalty]);
    expect(empty(registry).greet()).toBe('partner loyalty');
    expect('discount' in empty(registry)).toBe(false);
  });

  it('reaches BaseModel from every layer', async () => {
    @Extend()
    class Loud extends Partner {
      override browse(id: number): Partner;
      override browse(ids: readonly number[]): Many<Partner>;
      override browse(ids: number | readonly number[]): Partner | Many<Partner> {
        trail.push('browse');
        return super.browse(ids as number);
      }
    }
    const registry = await composed([Partner, PartnerSale, Loud]);
    trail = [];
    const env = registry.environment(registry.cursor());
    expect(env.model(Partner).browse(7).id).toBe(7);
    expect(trail).toEqual(['browse']);
  });

  it('walks through an undecorated class that two layers share, once', async () => {
    class Shared extends Partner {
      override greet(): string {
        return `${super.greet()} shared`;
      }
    }
    @Extend()
    class First extends Shared {
      override greet(): string {
        return `${super.greet()} first`;
      }
    }
    @Extend()
    class Second extends Shared {
      override greet(): string {
        return `${super.greet()} second`;
      }
    }
    const registry = await composed([Partner, PartnerSale, First, Second]);
    expect(empty(registry).greet()).toBe('partner sale shared first second');
  });

  it('lets an undecorated base class of a model override BaseModel', async () => {
    class Base<S extends Plain> extends BaseModel<S> {
      override toJSON(): unknown {
        return { base: super.toJSON() };
      }
    }
    @Model('l.plain')
    class Plain extends Base<Plain> {
      override toJSON(): unknown {
        return { plain: super.toJSON() };
      }
    }
    const registry = await composed([Plain]);
    const env = registry.environment(registry.cursor());
    expect(env.model(Plain).toJSON()).toEqual({ plain: { base: [] } });
  });
});

describe('a line', () => {
  it('replaces where a layer calls no super', async () => {
    @Extend()
    class Silent extends Partner {
      override greet(): string {
        return 'silent';
      }
    }
    const registry = await composed([Partner, PartnerSale, Silent, PartnerLoyalty]);
    expect(empty(registry).greet()).toBe('silent loyalty');
  });

  it('differs between two registries of one process, at once', async () => {
    const [all, plain] = await Promise.all([composed([Partner, PartnerSale, PartnerLoyalty]), composed([Partner])]);
    expect([empty(all).greet(), empty(plain).greet(), empty(all).greet()]).toEqual([
      'partner sale loyalty',
      'partner',
      'partner sale loyalty',
    ]);
    expect(plain.get('l.partner').line).toEqual([Partner]);
  });

  it('names the users’ methods and files in stack traces', async () => {
    @Extend()
    class Failing extends Partner {
      override greet(): string {
        throw new Error('here');
      }
    }
    @Extend()
    class Above extends Partner {
      override greet(): string {
        return super.greet();
      }
    }
    const registry = await composed([Partner, Failing, Above]);
    let stack = '';
    try {
      empty(registry).greet();
    } catch (error) {
      stack = (error as Error).stack ?? '';
    }
    expect(stack).toMatch(/\.greet .*line\.test\.ts[\s\S]*\.greet .*line\.test\.ts/);
  });

  it('is the same for all six import orders where what the classes extend fixes it', async () => {
    @Extend()
    class Middle extends PartnerSale {
      override greet(): string {
        return `${super.greet()} middle`;
      }
    }
    @Extend()
    class Last extends Middle {
      override greet(): string {
        return `${super.greet()} last`;
      }
    }
    const descriptions = [];
    for (const order of permutations([PartnerSale, Middle, Last])) {
      const registry = await composed([...order, Partner]);
      expect(empty(registry).greet()).toBe('partner sale middle last');
      descriptions.push(JSON.stringify(describeModels(registry)));
    }
    expect(new Set(descriptions).size).toBe(1);
  });

  it('follows the order of the modules where nothing else fixes it', async () => {
    for (const order of permutations([PartnerSale, PartnerLoyalty, PartnerByName])) {
      const names = new Map<unknown, string>([
        [PartnerSale, 'sale'],
        [PartnerLoyalty, 'loyalty'],
        [PartnerByName, 'byName'],
      ]);
      const registry = await composed([Partner, ...order]);
      expect(empty(registry).greet()).toBe(['partner', ...order.map((layer) => names.get(layer))].join(' '));
    }
  });
});

describe('instanceof', () => {
  it('holds for the model and for every installed extension, and for no other', async () => {
    const all = await composed([Partner, PartnerSale]);
    const record = empty(all);
    expect(record).toBeInstanceOf(Partner);
    expect(record).toBeInstanceOf(PartnerSale);
    expect(record).toBeInstanceOf(BaseModel);
    expect(record).not.toBeInstanceOf(PartnerLoyalty);
    expect({}).not.toBeInstanceOf(Partner);
  });

  it('means the model wherever an extension’s class is given', async () => {
    const registry = await composed([Partner, PartnerSale]);
    const env = registry.environment(registry.cursor());
    expect(env.model(PartnerSale)).toBeInstanceOf(Partner);
    expect(env.model(PartnerSale).greet()).toBe('partner sale');
  });
});

describe('a field of several layers', () => {
  @Model('l.thing')
  class Thing extends BaseModel<Thing> {
    @fields.Char({ string: 'Title', default: 'x', help: 'What it is called' }) name!: string | null;
    @fields.Integer() amount!: number | null;
    @fields.Integer() other!: number | null;

    @fields.Integer()
    @Depends('amount')
    get total(): number | null {
      return this.amount;
    }
  }

  it('is merged option by option: undefined keeps, null erases', async () => {
    @Extend()
    class Stricter extends Thing {
      @fields.Char({ required: true, string: undefined, help: null }) declare name: string;
    }
    const registry = await composed([Thing, Stricter]);
    const name = registry.fields.get('l.thing')!.get('name')!;
    expect(name).toMatchObject({ required: true, label: 'Title', constantDefault: 'x', help: null });
  });

  it('may become text or bigint', async () => {
    @Extend('l.thing')
    class Wider extends BaseModel {
      @fields.Text() name!: string | null;
      @fields.BigInt() amount!: bigint | null;
    }
    const registry = await composed([Thing, Wider]);
    const thing = registry.fields.get('l.thing')!;
    expect([thing.get('name')!.kind, thing.get('amount')!.kind]).toEqual(['text', 'bigint']);
  });

  it('is refused when its layers are of kinds that do not fit', async () => {
    @Extend('l.thing')
    class Other extends BaseModel {
      @fields.Date() name!: string | null;
    }
    const problems = await problemsOf([
      { target: Thing, module: 'base' },
      { target: Other, module: 'other' },
    ]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ model: 'l.thing', field: 'name', module: 'other' });
    expect(problems[0]!.message).toContain('char in module base and date here');
  });

  it('adds up what the getters of all layers depend on', async () => {
    @Extend()
    class More extends Thing {
      @Depends('other')
      override get total(): number | null {
        return (super.total ?? 0) + (this.other ?? 0);
      }
    }
    const registry = await composed([Thing, More]);
    const thing = registry.get('l.thing');
    expect(thing.computationOf.get(thing.fields.get('total')!)!.paths).toEqual(['amount', 'other']);
  });
});

describe('what a layer injects', () => {
  const mailer = { send: (): string => 'sent' };

  it('is reachable from the records', async () => {
    const registry = await composed([Partner, { target: PartnerSale, module: 'sale', injected: { mailer } }]);
    expect((empty(registry) as unknown as { mailer: unknown }).mailer).toBe(mailer);
  });

  it('may be injected by two layers when it is the same, and is refused when it is not', async () => {
    const same = [
      { target: Partner, injected: { mailer } },
      { target: PartnerSale, injected: { mailer } },
    ];
    expect(await problemsOf(same)).toEqual([]);
    const other = [same[0]!, { target: PartnerSale, module: 'sale', injected: { mailer: {} } }];
    expect(await problemsOf(other)).toMatchObject([{ model: 'l.partner', field: 'mailer', module: 'sale' }]);
  });

  it('may hide no member and no field', async () => {
    const problems = await problemsOf([{ target: Partner, injected: { greet: mailer, name: mailer } }]);
    expect(problems.map(({ field }) => field)).toEqual(['greet', 'name']);
  });
});
