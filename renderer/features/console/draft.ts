/** What is typed into the console's form, and the parameters of the method that it stands for. */
import { methodFacts, messageTypes, type MethodName, type ParameterFact } from '#shared/protocol/methods.ts'

export interface Draft {
  texts: Record<string, string>
  lists: Record<string, string[]>
  flags: Record<string, boolean>
  /** `content.msg_type` and `content.msg_content`. */
  contentType: string
  content: string
  /** Of each group of which exactly one must be given, the chosen name. */
  chosen: string[]
}

/** An empty form of a method. Where the document allows few values, the first is chosen. */
export function emptyDraft(method: MethodName): Draft {
  const { parameters, exactlyOneOf = [] } = methodFacts[method]
  const draft: Draft = {
    texts: {},
    lists: {},
    flags: {},
    contentType: messageTypes.text,
    content: '',
    chosen: exactlyOneOf.map((names) => names[0] ?? ''),
  }
  for (const fact of parameters) {
    if (fact.type === 'text') draft.texts[fact.name] = fact.values?.[0] ?? ''
    if (fact.type === 'textList') draft.lists[fact.name] = []
    if (fact.type === 'boolean') draft.flags[fact.name] = false
  }
  return draft
}

/** The parameters that the form shows now: of alternatives only the chosen one. */
export function shownParameters(method: MethodName, draft: Draft): ParameterFact[] {
  const { parameters, exactlyOneOf = [] } = methodFacts[method]
  const left = exactlyOneOf.flatMap((names, index) => names.filter((name) => name !== draft.chosen[index]))
  return parameters.filter((fact) => !left.includes(fact.name))
}

/** What is filled in, under the platform's names; what is empty is left out. */
export function parametersOf(method: MethodName, draft: Draft): Record<string, unknown> {
  const parameters: Record<string, unknown> = {}
  for (const { name, type } of shownParameters(method, draft)) {
    if (type === 'text' && draft.texts[name]) parameters[name] = draft.texts[name]
    if (type === 'textList' && draft.lists[name]?.length) parameters[name] = draft.lists[name]
    if (type === 'boolean' && draft.flags[name]) parameters[name] = true
    if (type === 'content' && draft.content) {
      parameters[name] = { msg_type: draft.contentType, msg_content: draft.content }
    }
  }
  return parameters
}

/** Names of required parameters that are still empty. */
export function missingOf(method: MethodName, draft: Draft): string[] {
  const given = parametersOf(method, draft)
  const isAlternative = (name: string): boolean => draft.chosen.includes(name)
  return shownParameters(method, draft)
    .filter((fact) => (fact.required || isAlternative(fact.name)) && fact.name !== 'vcMerchantNo')
    .map((fact) => fact.name)
    .filter((name) => !(name in given))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The form of an earlier call.
 *
 * @param request the call's envelope as the record has it; its secrets are redacted there and stay empty here
 */
export function draftOfCall(method: MethodName, request: string): Draft {
  const draft = emptyDraft(method)
  let data: unknown
  try {
    const envelope: unknown = JSON.parse(request)
    data = isRecord(envelope) ? JSON.parse(String(envelope['data'])) : null
  } catch {
    return draft
  }
  if (!isRecord(data)) return draft
  for (const { name, type } of methodFacts[method].parameters) {
    const value = data[name]
    if (type === 'text' && typeof value === 'string' && value !== '***') draft.texts[name] = value
    if (type === 'boolean') draft.flags[name] = value === true
    if (type === 'textList' && Array.isArray(value)) draft.lists[name] = value.map(String)
    if (type === 'content' && isRecord(value)) {
      draft.contentType = String(value['msg_type'])
      draft.content = String(value['msg_content'])
    }
  }
  draft.chosen = (methodFacts[method].exactlyOneOf ?? []).map(
    (names) => names.find((name) => data[name] !== undefined) ?? names[0] ?? '',
  )
  return draft
}
