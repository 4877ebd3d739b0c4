import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, type Build, type Manifests, type Platform } from './api.ts';
import { request } from './session.ts';
import { Copy, ErrorNote } from './ui.tsx';

const consumers = [
  { name: 'batch', title: 'AWS Batch: job definition' },
  { name: 'kubernetes', title: 'Kubernetes: Job of the head of a workflow' },
  { name: 'vecoli', title: 'vEcoli: section aws of its workflow’s configuration' },
] as const;

/** Documents that run what a build published, for one image and platform at a time. Read when they are opened. */
export function ManifestsOf({ build }: { readonly build: Build }): JSX.Element | null {
  const images = build.images.filter(({ image, platform }) =>
    build.tags.some((tag) => tag.image === image && tag.platforms.includes(platform)),
  );
  const open = useSignal(false);
  const chosen = useSignal(0);
  const image = images[chosen.value] ?? images[0];
  if (image === undefined) return null;
  return (
    <details class="manifests" onToggle={({ currentTarget }) => (open.value = currentTarget.open)}>
      <summary>Run it: documents for AWS Batch, Kubernetes and vEcoli</summary>
      <label>
        Image{' '}
        <select value={chosen.value} onChange={({ currentTarget }) => (chosen.value = Number(currentTarget.value))}>
          {images.map(({ image: name, platform }, index) => (
            <option key={name + platform} value={index}>
              {name}, {platform}
            </option>
          ))}
        </select>
      </label>
      {open.value ? <Documents id={build.id} image={image.image} platform={image.platform} /> : null}
    </details>
  );
}

interface DocumentsProps {
  readonly id: string;
  readonly image: string;
  readonly platform: Platform;
}

function Documents({ id, image, platform }: DocumentsProps): JSX.Element {
  const found = useSignal<Manifests | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  useEffect(() => {
    const leaving = new AbortController();
    const query = new URLSearchParams({ image, platform }).toString();
    request<Manifests>(`/v1/builds/${id}/manifests?${query}`, { signal: leaving.signal })
      .then((manifests) => {
        found.value = manifests;
        error.value = undefined;
      })
      .catch((thrown: unknown) => {
        if (!leaving.signal.aborted) error.value = asApiError(thrown);
      });
    return () => leaving.abort();
  }, [id, image, platform]);
  if (error.value !== undefined) return <ErrorNote error={error.value} />;
  if (found.value === undefined) return <div class="ghost" aria-busy="true" />;
  const { value: manifests } = found;
  return (
    <>
      {consumers.map(({ name, title }) => {
        const text = manifests[name];
        return text === null ? null : (
          <div key={name}>
            <h3>
              {title} <Copy text={text} what={`the document for ${title}`} />
            </h3>
            <pre class="tail" tabIndex={0} role="region" aria-label={title}>
              {text}
            </pre>
          </div>
        );
      })}
    </>
  );
}
