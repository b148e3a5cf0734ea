import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Inject } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { CurrentEnvironment } from '../../lib/nest/current-environment.js';
import { startApplication } from './support/application.js';
import { Note } from './support/models.js';

@Controller()
class DreamingController {
  constructor(@Inject(CurrentEnvironment) private readonly current: CurrentEnvironment) {}
  @Get('dream') async dreamOn() {
    await this.current.env.model(Note).search([]);
    await sleep(400);
    return 'awake';
  }
}

describe('a request that holds its connection for too long', () => {
  it('is reported with the handler that asked the database first', async () => {
    const application = await startApplication({
      controllers: [DreamingController],
      options: { pool: { max: 2, leakThreshold: 100 } },
    });
    const stacks: string[] = [];
    application.pool.on('leak', ({ stack }) => stacks.push(stack));
    expect(await (await fetch(`${application.url}/dream`)).text()).toBe('awake');
    expect(stacks).toHaveLength(1);
    expect(stacks[0]).toContain('dreamOn');
    await application.stop();
  });
});
