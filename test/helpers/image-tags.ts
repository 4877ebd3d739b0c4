import type Docker from 'dockerode';
import { pollUntil } from './poll-until.ts';

/** All tags on an engine. With the containerd image store, listing fails while another test removes an image. */
export async function imageTags(docker: Docker): Promise<readonly string[]> {
  const images = await pollUntil('a list of images', async () =>
    docker.listImages().catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    }),
  );
  return images.flatMap(({ RepoTags }) => RepoTags ?? []);
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && error.statusCode === 404;
}
