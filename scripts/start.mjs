// `npm start`: installs what is missing, builds what has changed, then becomes the sample app. The application is
// imported rather than spawned, so that there is one process: its signals are the application's, and killing it leaves
// no runner behind. This file and what it imports use Node alone, since nothing is installed yet when they run.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { followRunner } from './follow-runner.mjs';
import { ensureInstalled } from './install.mjs';
import { endWithMessage, ROOT } from './run-command.mjs';

process.chdir(ROOT);
followRunner();
await ensureInstalled().then(ensureBuilt).catch(endWithMessage);
const main = join(ROOT, 'dist', 'sample-app', 'main.js');
process.argv[1] = main;
process.setSourceMapsEnabled(true);
await import(pathToFileURL(main).href);
