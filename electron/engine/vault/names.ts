/** The vault's names for secrets of a robot; they go with it, by what they begin with. */

/** Its remembered password. */
export const passwordName = (robotId: number): string => `robot/${robotId}/password`
/** The cached log-in that the platform last gave. */
export const cachedLoginName = (robotId: number): string => `robot/${robotId}/cached-login`
