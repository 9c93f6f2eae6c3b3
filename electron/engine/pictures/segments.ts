/**
 * Most segments (chunks, blocks, frames) of a picture: real ones have hundreds, animations some thousands, and each is
 * held by itself while it is looked at, on the loop that answers the screens.
 */
export const mostSegments = 100_000
