/**
 * Makes what nobody sees visible: characters that turn the direction of writing (U+202E makes `gpj.exe` read
 * `exe.jpg`) and those that take no room (U+200B within a host name). Only where they could deceive, in links and
 * in what may be a file's name: in a text written from right to left they belong there.
 */

/* An emoji holds such characters by right: joiners, variation selectors, the tags of some flags. */
const hidden = /\p{RGI_Emoji}|[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}[\p{Cc}--[\n\t]]\u2028\u2029]/gv

const mark = (character: string): string =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`

/** @returns the text with a mark such as `[U+202E]` in place of each hidden character */
export const visible = (text: string): string =>
  text.replace(hidden, (found) => (/^\p{RGI_Emoji}$/v.test(found) ? found : mark(found)))
