import { expect, it } from 'vitest';
import { openDockerTestBed, removeContainers } from '../helpers/docker-jobs.ts';
import { testJobBackend } from './job-backend.contract.ts';

testJobBackend('DockerJobBackend', true, async () => {
  const bed = await openDockerTestBed();
  return {
    connect: () => bed.backend(),
    graceSeconds: 2,
    unknownId: `${'0'.repeat(64)}@${bed.endpoint.text}`,
    async cleanUp(names) {
      for (const name of names) await removeContainers(bed.docker, { name: [name] });
      await bed.dispose();
    },
  };
});

it('keeps a job’s volume, at the same path as on its host, until the job is released', async () => {
  const bed = await openDockerTestBed();
  try {
    const backend = bed.backend();
    const request = bed.request('cd "$TWINHULL_SHARED_FOLDER" && pwd && touch here');
    const { id } = await backend.submit(request);
    let log = '';
    for await (const chunk of backend.readLog(id, { follow: true })) log += chunk.text;
    const volume = bed.docker.getVolume(`twinhull-checkout-${request.name}`);
    expect(log.trim()).toBe((await volume.inspect()).Mountpoint);
    await backend.release(id);
    await expect(volume.inspect()).rejects.toMatchObject({ statusCode: 404 });
  } finally {
    await bed.dispose();
  }
});
