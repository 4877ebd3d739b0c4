import type { Platform } from '../domain/platform.ts';

/** Defaults of a Batch job definition. */
export const batchDefaults = { vcpus: 1, memory: 2048, attempts: 3 } as const;

/** Defaults of the Job of a workflow's head. */
export const headJobDefaults = {
  cpu: '500m',
  memory: '2Gi',
  keepSeconds: 86_400,
} as const;

/** The default queue of vEcoli's workflow. */
export const vecoliDefaults = { queue: 'vecoli' } as const;

/** Their images in the preset vecoli: tasks run on Graviton, the head with the rest of the cluster. */
export const batchImage = { image: 'task', platform: 'linux/arm64' as Platform } as const;
/** The image and platform of the head job in the preset `vecoli`. */
export const headJobImage = { image: 'submit', platform: 'linux/amd64' as Platform } as const;
