import { Logger } from '@nestjs/common';
import { createApp } from './create-app.js';

const app = await createApp();
await app.listen(process.env['PORT'] ?? 3000);
const url = (await app.getUrl()).replace(/\[::1?\]|0\.0\.0\.0/, 'localhost');
new Logger('Sample').log(`Listening on ${url}, documentation on ${url}/docs`);
