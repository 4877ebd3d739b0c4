import type { PlannedStep } from '../../src/domain/plan.ts';

/** What a test changes of a step. */
type StepChange = Partial<Omit<PlannedStep, 'build'>> & { readonly build?: object };

/** A step that builds `Dockerfile` at the root of the checkout, without layer cache. */
export function dockerfileStep(image: string, change: StepChange = {}): PlannedStep {
  const { build, ...rest } = change;
  return {
    image,
    verify: [],
    ...rest,
    build: {
      kind: 'dockerfile',
      dockerfile: { path: 'Dockerfile' },
      context: '.',
      arguments: {},
      secrets: [],
      cache: false,
      ...build,
    },
  };
}

/** A step that runs the script at `path`. */
export function scriptStep(image: string, path: string, change: StepChange = {}): PlannedStep {
  const { build, ...rest } = change;
  return { image, verify: [], ...rest, build: { kind: 'script', path, arguments: [], environment: {}, ...build } };
}
