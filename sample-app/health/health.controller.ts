import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Registry, sql } from 'nest-registry';

/** Whoever asks for our health wants an answer soon, also when the database gives none. */
const PATIENCE_MS = 2_000;

export class HealthDto {
  @ApiProperty({ enum: ['ok', 'error'] })
  status!: 'ok' | 'error';
}

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly registry: Registry) {}

  @Get()
  @ApiOperation({ summary: 'Tell whether the database answers' })
  @ApiOkResponse({ type: HealthDto })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'The database is away.' })
  async check(@Res({ passthrough: true }) response: Response): Promise<HealthDto> {
    if (await this.databaseAnswers()) return { status: 'ok' };
    response.status(HttpStatus.SERVICE_UNAVAILABLE).setHeader('Retry-After', '1');
    return { status: 'error' };
  }

  /** In a unit of its own, so that its failure is an answer and not the end of the request. */
  private async databaseAnswers(): Promise<boolean> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      await this.registry.run(
        { propagation: 'new', readOnly: true, retry: false, onAbort: 'rollback', signal },
        (env) => env.cursor.execute(sql`SELECT 1`),
      );
      return true;
    } catch {
      // Whatever it was, it is in the way of every other request too, whose errors say more.
      return false;
    }
  }
}
