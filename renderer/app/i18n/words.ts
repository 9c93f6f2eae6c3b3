/** Types that hold the two catalogues together. zh-CN is the master; en must have the very same keys. */

/** The shape of a catalogue, whatever its words. */
export type Words<Catalogue> = {
  [Key in keyof Catalogue]: Catalogue[Key] extends string ? string : Words<Catalogue[Key]>
}

/** The dotted keys of a catalogue: `inbox.composer.send`. */
export type Keys<Catalogue> = {
  [Key in keyof Catalogue & string]: Catalogue[Key] extends string ? Key : `${Key}.${Keys<Catalogue[Key]>}`
}[keyof Catalogue & string]
