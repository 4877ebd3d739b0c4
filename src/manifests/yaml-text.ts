import { stringify } from 'yaml';

/**
 * YAML that readers of 1.1 (kubectl) and of 1.2 alike take for the same: whatever either would make a number, a flag or
 * a date of stands in quotes. Lines are not folded.
 */
export function yamlText(document: object): string {
  return stringify(document, { version: '1.1', compat: 'core', lineWidth: 0, aliasDuplicateObjects: false });
}
