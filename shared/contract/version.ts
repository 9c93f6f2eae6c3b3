/**
 * Raised when a renderer of the former version would misread this one. In a file of its own, since the
 * preload script knows nothing else of the contract and may load no library.
 */
export const contractVersion = 1
