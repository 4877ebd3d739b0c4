import type { Part } from '../part.ts';
import { builderImagePart } from './builder-image.ts';
import { busyboxImagePart } from './busybox-image.ts';
import { debianIndexPart, debianParts } from './debian-image.ts';
import { emulationPart } from './emulation.ts';
import { enginePart } from './engine.ts';
import { gitServerPart } from './git-server.ts';
import { packagesPart } from './packages.ts';
import { registryPart } from './registry.ts';
import { vecoliMiniPart } from './vecoli-mini.ts';

/** All parts, each after those that it needs. */
export const parts: readonly Part[] = [
  packagesPart,
  emulationPart,
  registryPart,
  enginePart,
  ...debianParts,
  debianIndexPart,
  busyboxImagePart,
  builderImagePart,
  gitServerPart,
  vecoliMiniPart,
];
