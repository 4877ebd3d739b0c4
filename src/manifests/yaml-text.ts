import { stringify } from 'yaml';

/**
 * YAML that parsers of 1.1 (kubectl) and 1.2 read in the same way: text that either would take for a number, a flag or
 * a date is quoted. Lines are not folded.
 */
export function yamlText(document: object): string {
  return stringify(document, { version: '1.1', compat: 'core', lineWidth: 0, aliasDuplicateObjects: false });
}
