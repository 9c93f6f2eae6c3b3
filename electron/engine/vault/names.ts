/** The vault's names for secrets of robots; those of one robot go with it, by what they begin with. */

/** Its remembered password. */
export const passwordName = (robotId: number): string => `robot/${robotId}/password`
/** The cached log-in that the platform last gave. */
export const cachedLoginName = (robotId: number): string => `robot/${robotId}/cached-login`

/** Begins the names of cached log-ins that came with a callback which is not applied yet. */
export const arrivedLoginPrefix = 'arrived-login/'
