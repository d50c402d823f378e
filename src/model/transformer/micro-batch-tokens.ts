/**
 * Tokens of a micro-batch for the embedded engine on a processor: what one takes should stay in the caches, and matrix products should
 * stay large. Measured with GPTs of width 64 to 512; twice or half as many cost up to a tenth more time.
 */
export function microBatchTokens(width: number): number {
  return width <= 128 ? 2048 : width <= 256 ? 1024 : 512;
}
