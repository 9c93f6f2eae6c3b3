/** The document's own limits, checked before anything is signed (PROTOCOL §2). */
import { AppError, type ErrorParams } from '#shared/contract/errors.ts'
import {
  contentMax,
  contentTypeMax,
  methodFacts,
  type MethodName,
  type ParameterFact,
} from '#shared/protocol/methods.ts'
import { lengthOf, type LengthUnit } from '#shared/text/length.ts'

const refuse = (field: string, problem: string, more: ErrorParams = {}): never => {
  throw new AppError('invalid-input', { field, problem, ...more })
}

function checkText(field: string, value: unknown, max: number | undefined, unit: LengthUnit): void {
  if (typeof value !== 'string') return refuse(field, 'must-be-text')
  if (max === undefined) return
  const length = lengthOf(value, unit)
  if (length > max) refuse(field, `too-long-${unit}`, { max, length })
}

function checkParameter(fact: ParameterFact, value: unknown, unit: LengthUnit): void {
  switch (fact.type) {
    case 'boolean':
      if (typeof value !== 'boolean') refuse(fact.name, 'must-be-boolean')
      return
    case 'text':
      checkText(fact.name, value, fact.max, unit)
      if (fact.required && value === '') refuse(fact.name, 'required')
      if (fact.values && !fact.values.includes(value as string))
        refuse(fact.name, 'must-be-one-of', { values: fact.values.join(', ') })
      return
    case 'textList': {
      if (!Array.isArray(value) || value.length === 0) return refuse(fact.name, 'must-be-list')
      value.forEach((item, index) => {
        checkText(`${fact.name}.${index}`, item, fact.max, unit)
        if (item === '') refuse(`${fact.name}.${index}`, 'required')
      })
      return
    }
    case 'content': {
      if (typeof value !== 'object' || value === null) return refuse(fact.name, 'must-be-object')
      const { msg_type: type, msg_content: content } = value as Record<string, unknown>
      checkText(`${fact.name}.msg_type`, type, contentTypeMax, unit)
      checkText(`${fact.name}.msg_content`, content, contentMax, unit)
      if (type === '') refuse(`${fact.name}.msg_type`, 'required')
      if (content === '') refuse(`${fact.name}.msg_content`, 'required')
    }
  }
}

/**
 * Checks the parameters of a method.
 *
 * @throws AppError invalid-input that names the field and the limit
 */
export function checkParameters(method: MethodName, data: Readonly<Record<string, unknown>>, unit: LengthUnit): void {
  const facts = methodFacts[method]
  for (const fact of facts.parameters) {
    const value = data[fact.name]
    if (value === undefined || value === null) {
      if (fact.required) refuse(fact.name, 'required')
    } else checkParameter(fact, value, unit)
  }
  for (const names of facts.exactlyOneOf ?? []) {
    const given = names.filter((name) => data[name] !== undefined && data[name] !== '')
    if (given.length !== 1) refuse(names.join(' | '), 'exactly-one')
  }
}
