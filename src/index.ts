/**
 * Twinhull as a library: the components that the command line uses.
 *
 *     const settings = loadSettings();
 *     const store = await openStore(settings);
 *     const driver = await openDriver(settings, store, silentReporter);
 *     const { plan, reference } = await preparePlan({ reference: 'main' }, settings, process.cwd());
 *     const registry = driver.registryFor(plan.destination.repository);
 *     const { build } = await submitBuild({ plan, reference, force: false }, { ...driver, registry });
 *     await new Reconciler(driver).run({ signal, untilIdle: true });
 */
export type { Attempt, Build, BuildState, BuiltImage, Job, JobState, TagMove } from './domain/build.ts';
export { isEnded } from './domain/build.ts';
export type { BuildEvent, RecordedEvent } from './domain/build-event.ts';
export { type ErrorCode, type ErrorSource, errorCatalogue } from './domain/errors/catalogue.ts';
export { TwinhullError } from './domain/errors/twinhull-error.ts';
export type { Failure, PhaseSpan } from './domain/failure.ts';
export type { Destination, Plan, PlannedJob, PlannedStep, PlannedTag } from './domain/plan.ts';
export { type PlanRequest, planBuild } from './domain/planner.ts';
export { isPlatform, type Platform, platforms } from './domain/platform.ts';
export type { Recipe } from './domain/recipe.ts';
export { cancelBuild, retryBuild } from './pipeline/change-build.ts';
export { type DriverParts, type DriverPolicy, defaultPolicy } from './pipeline/drive/driver-parts.ts';
export { type ReconcileOptions, Reconciler } from './pipeline/drive/reconciler.ts';
export { type FollowItem, type FollowOptions, followBuild } from './pipeline/follow.ts';
export { type PromoteRequest, type Promotion, promote } from './pipeline/promote.ts';
export { type SubmitRequest, type SubmitResult, submitBuild } from './pipeline/submit-build.ts';
export type { BuildStore, BuildSummary } from './ports/build-store.ts';
export { type Clock, systemClock } from './ports/clock.ts';
export type { JobBackend, JobHandle, JobObservation, JobRequest } from './ports/job-backend.ts';
export type { Registry } from './ports/registry.ts';
export { type Reporter, silentReporter } from './ports/reporter.ts';
export type { SecretSource } from './ports/secret-source.ts';
export { loadSettings, type Settings } from './settings/settings.ts';
export { type PlanOptions } from './wiring/find-source.ts';
export { openBackend } from './wiring/open-backend.ts';
export { type Driver, openDriver } from './wiring/open-driver.ts';
export { openStore } from './wiring/open-store.ts';
export { type PreparedPlan, preparePlan } from './wiring/prepare-plan.ts';
