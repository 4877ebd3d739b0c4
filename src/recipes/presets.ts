import type { Preset } from './preset.ts';
import { presetVecoli } from './preset-vecoli.ts';

/** The built-in recipes, in the order of the documentation. */
export const presets: readonly Preset[] = [presetVecoli];

/** Undefined for a name that no preset has. */
export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
