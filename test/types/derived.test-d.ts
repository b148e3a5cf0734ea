import {
  BaseModel,
  Model,
  fields,
  type AnyRecord,
  type Environment,
  type Many,
  type ModelClass,
  type Values,
} from 'nest-registry';
import { Partner } from './fixtures/partner.js';

// What a base made of other models must look like for their methods to be overridden and their fields to be known.
declare function Copy<A extends AnyRecord>(
  model: ModelClass<A>,
): abstract new <S extends AnyRecord>() => BaseModel<S> & A;
type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;
declare function Mixin<T extends readonly ModelClass<AnyRecord>[]>(
  ...mixins: T
): abstract new <S extends AnyRecord>() => BaseModel<S> &
  UnionToIntersection<{ [I in keyof T]: T[I] extends ModelClass<infer R> ? R : never }[number]>;

// A new model out of another's definition, and one with two mixins.
@Model('res.contact')
class Contact extends Copy(Partner)<Contact> {
  @fields.Char() role!: string | null;
  override async write(values: Values<Contact>): Promise<void> {
    await super.write({ ...values, role: 'seen' });
  }
}

abstract class MailThread extends BaseModel<MailThread> {
  @fields.Char() subject!: string | null;
  async post(this: Many<MailThread>, text: string): Promise<number> {
    return text.length * this.length;
  }
}

abstract class Ranked extends BaseModel<Ranked> {
  @fields.Integer() rank!: number | null;
}

@Model('doc.page')
class Page extends Mixin(MailThread, Ranked)<Page> {
  @fields.Char({ required: true }) name!: string;
  override async post(text: string): Promise<number> {
    return 1 + (await super.post(text));
  }
  async touch(): Promise<void> {
    await this.write({ name: 'x', subject: 's', rank: 3 });
    await this.load('subject');
  }
}

export async function useDerived(env: Environment, contact: Contact, pages: Many<Page>): Promise<void> {
  await contact.write({ role: 'x', name: 'y', score: 3 });
  const set: Many<Contact> = contact;
  set.ids.at(0);
  await env.model(Contact).create({ role: 'x', name: 'y', kind: 'person' });
  await pages.post('hello');
  const found = await env.model(Page).search([
    ['subject', '=', 'x'],
    ['rank', '>', 3],
  ]);
  found.map((page) => page.name.length);
}
