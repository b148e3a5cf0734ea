import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { STATUS_CODES } from 'node:http';

/**
 * Gives the errors of Nest itself (no such route, a body that is not JSON) the shape that all others have. The registry
 * answers its own errors.
 */
@Catch(HttpException)
export class HttpErrorFilter implements ExceptionFilter<HttpException> {
  catch(error: HttpException, host: ArgumentsHost): void {
    const statusCode = error.getStatus();
    const body = error.getResponse();
    const code = (STATUS_CODES[statusCode] ?? 'error').toUpperCase().replace(/[^A-Z]+/g, '_');
    const { error: _name, ...own } = typeof body === 'string' ? { error: '' } : (body as { error?: unknown });
    const answer = { statusCode, code, message: error.message, ...own };
    host.switchToHttp().getResponse<Response>().status(statusCode).json(answer);
  }
}
