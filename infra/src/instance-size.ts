/**
 * vCPUs of an EC2 type by its size, from xlarge up: 4 for each `x`. Undefined for smaller sizes, metal and families.
 */
export function vcpusOf(instanceType: string): number | undefined {
  const [, times] = /\.(\d*)xlarge$/.exec(instanceType) ?? [];
  return times === undefined ? undefined : 4 * Number(times || '1');
}
