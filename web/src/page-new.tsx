import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, type Plan, type PlanRequest, type Recipes, type Submitted } from './api.ts';
import { navigate } from './router.ts';
import { mayBuild, request } from './session.ts';
import { duration, short } from './text.ts';

import { ErrorNote } from './ui.tsx';

const ownRecipe = 'own';

const example = JSON.stringify(
  { version: 1, name: 'model', images: { app: { dockerfile: { path: 'Dockerfile' } } } },
  null,
  2,
);

/** Starts a build: the plan is shown before anything runs. */
export function NewBuildPage(): JSX.Element {
  const recipes = useSignal<Recipes['recipes']>([]);
  const recipe = useSignal('');
  const text = useSignal(example);
  const repository = useSignal('');
  const reference = useSignal('main');
  const force = useSignal(false);
  const plan = useSignal<Plan | undefined>(undefined);
  const error = useSignal<ApiError | string | undefined>(undefined);
  const busy = useSignal(false);

  useEffect(() => {
    request<Recipes>('/v1/recipes')
      .then((found) => {
        recipes.value = found.recipes;
        if (recipe.value === '') recipe.value = found.recipes[0]?.name ?? ownRecipe;
      })
      .catch((thrown: unknown) => (error.value = asApiError(thrown)));
  }, []);

  /** Undefined when the recipe cannot be read. */
  const wanted = (): PlanRequest | undefined => {
    const named = reference.value.trim();
    const where = repository.value.trim();
    const what = /^[0-9a-f]{40}$/i.test(named) ? { commit: named } : { ref: named };
    try {
      const chosen = recipe.value === ownRecipe ? (JSON.parse(text.value) as Record<string, unknown>) : recipe.value;
      return { ...what, recipe: chosen, ...(where !== '' && { repository: where }) };
    } catch (thrown) {
      error.value = `The recipe is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
      return undefined;
    }
  };

  const run = (work: (body: PlanRequest) => Promise<void>): void => {
    error.value = undefined;
    const body = wanted();
    if (body === undefined) return;
    busy.value = true;
    work(body)
      .catch((thrown: unknown) => (error.value = asApiError(thrown)))
      .finally(() => (busy.value = false));
  };

  const showPlan = (): void =>
    run(async (body) => {
      plan.value = undefined;
      plan.value = await request<Plan>('/v1/plans', { method: 'POST', body });
    });

  const start = (): void => {
    const { value: shown } = plan;
    run(async (body) => {
      // What was shown is what is built, even if the branch has moved since.
      const exact =
        shown === undefined || shown.source.branch !== undefined
          ? body
          : { ...body, ref: undefined, commit: shown.source.commit };
      const { outcome, build } = await request<Submitted>('/v1/builds', {
        method: 'POST',
        body: { ...exact, force: force.value },
        headers: { 'idempotency-key': crypto.randomUUID() },
      });
      navigate(`/builds/${build.id}${outcome === 'created' ? '' : `?outcome=${outcome}`}`);
    });
  };

  if (!mayBuild())
    return (
      <main id="main">
        <h1>New build</h1>
        <p class="note">Your token can only read. To start builds, sign in with one of scope build.</p>
      </main>
    );
  const changed = (): void => void (plan.value = undefined);
  return (
    <main id="main" class="narrow">
      <h1>New build</h1>
      <form
        class="card form"
        onSubmit={(event) => {
          event.preventDefault();
          showPlan();
        }}
        onInput={changed}
      >
        <label for="reference">Branch, tag or commit</label>
        <input
          id="reference"
          required
          spellcheck={false}
          value={reference.value}
          onInput={({ currentTarget }) => (reference.value = currentTarget.value)}
        />
        <label for="repository">Repository</label>
        <input
          id="repository"
          spellcheck={false}
          placeholder="the service’s own"
          value={repository.value}
          onInput={({ currentTarget }) => (repository.value = currentTarget.value)}
        />
        <label for="recipe">Recipe</label>
        <select id="recipe" value={recipe.value} onChange={({ currentTarget }) => (recipe.value = currentTarget.value)}>
          {recipes.value.map(({ name, description }) => (
            <option key={name} value={name}>
              {name}: {description}
            </option>
          ))}
          <option value={ownRecipe}>Own recipe (JSON)</option>
        </select>
        {recipe.value === ownRecipe ? (
          <>
            <label for="recipe-text">Recipe as JSON</label>
            <textarea
              id="recipe-text"
              rows={10}
              spellcheck={false}
              value={text.value}
              onInput={({ currentTarget }) => (text.value = currentTarget.value)}
            />
          </>
        ) : null}
        <label class="check">
          <input
            type="checkbox"
            checked={force.value}
            onChange={({ currentTarget }) => (force.value = currentTarget.checked)}
          />
          Build although the images exist, and take over moving tags
        </label>
        <div class="actions">
          <button type="submit" class={plan.value === undefined ? 'primary' : ''} disabled={busy.value}>
            Show the plan
          </button>
        </div>
      </form>
      {error.value === undefined ? null : typeof error.value === 'string' ? (
        <p class="note bad" role="alert">
          {error.value}
        </p>
      ) : (
        <ErrorNote error={error.value} />
      )}
      {plan.value === undefined ? null : <PlanCard plan={plan.value} busy={busy.value} onStart={start} />}
    </main>
  );
}

interface PlanCardProps {
  readonly plan: Plan;
  readonly busy: boolean;
  readonly onStart: () => void;
}

function PlanCard({ plan, busy, onStart }: PlanCardProps): JSX.Element {
  return (
    <section class="card" aria-labelledby="plan-title">
      <h2 id="plan-title">Plan</h2>
      <p>
        <strong>{plan.recipe.name}</strong> at <code title={plan.source.commit}>{short(plan.source.commit)}</code> of{' '}
        {plan.source.repository}, into <code>{plan.destination.repository}</code>
      </p>
      {plan.warnings.map((warning) => (
        <p key={warning} class="note">
          {warning}
        </p>
      ))}
      <EstimateNote estimate={plan.estimate} />
      <div class="plan-jobs">
        {plan.jobs.map(({ platform, steps }) => (
          <div key={platform}>
            <h3>{platform}</h3>
            <ol>
              {steps.map(({ image, build, verify }) => (
                <li key={image}>
                  <strong>{image}</strong> by {stepSource(build)}
                  {verify.length === 0 ? '' : `, ${String(verify.length)} checks`}
                </li>
              ))}
            </ol>
          </div>
        ))}
      </div>
      <h3>Tags</h3>
      <ul class="chips">
        {plan.tags.map(({ tag, moving }) => (
          <li key={tag} class="chip">
            {tag}
            {moving ? ' (moves)' : ''}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button type="button" class="primary" disabled={busy} onClick={onStart}>
          Start the build
        </button>
      </div>
    </section>
  );
}

/** How long the build will take, by those before it, and what it would wait for. */
function EstimateNote({ estimate }: Pick<Plan, 'estimate'>): JSX.Element {
  if (estimate === null) return <p class="note">Time: unknown, as the build store cannot be read.</p>;
  const { builds, buildSeconds, cost, jobs, ahead, live } = estimate;
  const parts = jobs.flatMap(({ platform, waitingSeconds, runSeconds }) =>
    waitingSeconds === null || runSeconds === null
      ? []
      : `${platform} waits ${duration(waitingSeconds.median)} and runs ${duration(runSeconds.median)}`,
  );
  return (
    <>
      <p>
        {buildSeconds === null
          ? 'Time: unknown, as no such build of this recipe and repository was published yet.'
          : `Time: about ${duration(buildSeconds.median)}, nine of ten at most ${duration(buildSeconds.p90)}, from ${String(builds)} ${builds === 1 ? 'build' : 'builds'}. ${parts.join('; ')}.`}
      </p>
      {cost === null ? null : (
        <p>
          Cost: about {cost.toLocaleString('en-US', { maximumSignificantDigits: 3 })} for the hosts while its jobs run.
        </p>
      )}
      {ahead === 0 && live === 0 ? null : (
        <p>
          {`${String(live)} ${live === 1 ? 'build has' : 'builds have'} not ended. `}
          {ahead === 0 ? 'None has a tag of this one.' : `With a tag of this one: ${String(ahead)}.`}
        </p>
      )}
    </>
  );
}

function stepSource(build: Plan['jobs'][number]['steps'][number]['build']): string {
  if (build.kind === 'script') return build.path;
  return 'path' in build.dockerfile ? build.dockerfile.path : 'an inline Dockerfile';
}
