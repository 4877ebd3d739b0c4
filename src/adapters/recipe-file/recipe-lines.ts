import type { ChosenContext } from './choose-context.ts';

/** An image of a first recipe. */
export interface FirstImage extends ChosenContext {
  readonly image: string;
  /** Of its Dockerfile. */
  readonly path: string;
}

/** The lines of a recipe that uses the preset `vecoli`. */
export function presetBody(script: string): string[] {
  const usual = script === 'runscripts/container/build-and-push-ecr.sh';
  return [
    "# The task image by the repository's own script, for arm64 and amd64; on it the submit image, with Java and Nextflow.",
    'preset: vecoli',
    ...(usual ? [] : ['with:', `  script: ${yamlText(script)}`]),
  ];
}

/** The lines of a recipe of these images, or of an example of one. */
export function imagesBody(name: string, images: readonly FirstImage[]): string[] {
  if (images.length === 0) {
    return [
      '# No Dockerfile was found here: name the one that builds the image.',
      `name: ${yamlText(name)}`,
      'images:',
      ...imageBody({ image: name, path: 'Dockerfile', context: '.', missing: [] }),
    ];
  }
  return [`name: ${yamlText(name)}`, 'images:', ...images.flatMap(imageBody)];
}

function imageBody({ image, path, context, missing }: FirstImage): string[] {
  return [
    `  ${yamlText(image)}:`,
    '    platforms: [linux/arm64, linux/amd64]',
    '    dockerfile:',
    `      path: ${yamlText(path)}`,
    ...(context === '.' ? [] : [`      context: ${yamlText(context)}`]),
    ...missing.map((source) => `      # the context has no ${yamlText(source)}, which the Dockerfile copies`),
    '    # verify:             # commands that must succeed in the new image',
    `    #   - [${image}, --version]`,
  ];
}

/** Quoted only where YAML would not read it as text. */
function yamlText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
