/**
 * The least value that this share of the values does not exceed (nearest rank).
 * @param ascending sorted values
 * @returns undefined without values
 */
export function quantileOf(ascending: ArrayLike<number>, share: number): number | undefined {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}
