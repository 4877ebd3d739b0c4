/** A separate process that submits one job: `submit-one-job.ts {engine} {image} {script} {request as JSON}`. */
import { DockerJobBackend } from '../../src/adapters/docker/docker-job-backend.ts';
import { parseEngineEndpoint } from '../../src/adapters/docker/engine-endpoint.ts';
import { systemClock } from '../../src/ports/clock.ts';
import type { JobRequest } from '../../src/ports/job-backend.ts';
import { noSecrets } from './docker-jobs.ts';

const [engine = '', builderImage = '', builderScript = '', request = ''] = process.argv.slice(2);
const engines = { default: parseEngineEndpoint(engine) };
const backend = new DockerJobBackend({ engines, builderImage, builderScript, secrets: noSecrets, clock: systemClock });
await backend.submit(JSON.parse(request) as JobRequest);
