import type { Part } from '../part.ts';
import { buildFolderPart } from './build-folder.ts';
import { awsBuilderImagePart } from './builder-image.ts';
import { ecrHostNamePart } from './ecr-host-name.ts';
import { ecrRegistryPart } from './ecr-registry.ts';
import { emulatorPart } from './emulator.ts';
import { templateLintPart } from './python-programs.ts';
import { stackPart } from './stack.ts';

/** The parts that the lab's AWS adds to the others. */
export const awsParts: readonly Part[] = [
  emulatorPart,
  ecrHostNamePart,
  ecrRegistryPart,
  awsBuilderImagePart,
  buildFolderPart,
  stackPart,
  templateLintPart,
];
