import type { Platform } from '../domain/platform.ts';

/** What a job definition for Batch is made with where nothing else is chosen. */
export const batchDefaults = { vcpus: 1, memory: 2048, attempts: 3 } as const;

/** The same for the Job of Nextflow's head. */
export const headJobDefaults = {
  serviceAccount: 'nextflow',
  configMap: 'nextflow',
  cpu: '500m',
  memory: '2Gi',
  keepSeconds: 86_400,
} as const;

/** The images of preset vecoli that they are made of: tasks run on Graviton, the head beside the rest of the cluster. */
export const batchImage = { image: 'task', platform: 'linux/arm64' as Platform } as const;
export const headJobImage = { image: 'submit', platform: 'linux/amd64' as Platform } as const;
