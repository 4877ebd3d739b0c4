import type { Preset } from './preset.ts';
import { presetVecoli } from './preset-vecoli.ts';

export const presets: readonly Preset[] = [presetVecoli];

export function findPreset(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
