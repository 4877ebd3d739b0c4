import { openDockerTestBed, removeContainers } from '../helpers/docker-jobs.ts';
import { testJobBackend } from './job-backend.contract.ts';

testJobBackend('DockerJobBackend', async () => {
  const bed = await openDockerTestBed();
  return {
    connect: () => bed.backend(),
    graceSeconds: 2,
    unknownId: `${'0'.repeat(64)}@${bed.endpoint.text}`,
    async cleanUp(names) {
      for (const name of names) await removeContainers(bed.docker, name);
      await bed.dispose();
    },
  };
});
