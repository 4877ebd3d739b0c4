/** Something to remove. Each can be repeated after an interruption. */
export type Removal = RegistryRemoval | StoreRemoval;

/** A removal at the registry, by digest, so that a tag that has moved since is left alone. */
export type RegistryRemoval =
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string; readonly digest: string }
  /** With all tags that point to it. */
  | {
      readonly kind: 'image';
      readonly repository: string;
      readonly digest: string;
      readonly tags: readonly string[];
    };

/** A removal from the store, which applies only while the build is of this `version`. */
export type StoreRemoval =
  | { readonly kind: 'logs'; readonly build: string; readonly version: number }
  | { readonly kind: 'build'; readonly build: string; readonly version: number; readonly repository: string };

/** A build, or a tag pushed by Twinhull, that stays. */
export interface Kept {
  readonly kind: 'build' | 'tag';
  /** Id of the build; repository and tag. */
  readonly name: string;
  readonly why: string;
}

/** What retention would remove, and what stays and why. */
export interface PrunePlan {
  /** In a safe order: tags, images (each index before what it references), then what the store holds. */
  readonly removals: readonly Removal[];
  readonly kept: readonly Kept[];
}
