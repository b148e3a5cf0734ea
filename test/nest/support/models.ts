import { BaseModel, Model, Extend, ValidationError, Constrains, fields, unique } from '../../../lib/core.js';

@Model('n.note', { order: 'id', constraints: [unique('code', 'That code is taken')] })
export class Note extends BaseModel<Note> {
  @fields.Char({ required: true, size: 40 }) text!: string;
  @fields.Char() code!: string | null;
  @fields.Integer({ default: 0 }) count!: number | null;

  trail(): string[] {
    return ['note'];
  }

  @Constrains('text')
  checkText(): void {
    if (this.text === 'forbidden') throw new ValidationError('That text is forbidden');
  }
}

@Extend()
export class LoudNote extends Note {
  override trail(): string[] {
    return [...super.trail(), 'loud'];
  }
}

@Extend()
export class FramedNote extends Note {
  override trail(): string[] {
    return [...super.trail(), 'framed'];
  }
}
