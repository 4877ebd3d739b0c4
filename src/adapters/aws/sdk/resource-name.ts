/** The name of a resource that may be given as an ARN: `arn:{partition}:{service}:{region}:{account}:{kind}/{name}`. */
export function resourceNameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
