/** `dialog`: a test reads what is asked, and answers as the operator would. */
import { app } from './app.ts'

interface MessageBox {
  readonly type?: string
  readonly title?: string
  readonly message: string
  readonly detail?: string
  readonly buttons: readonly string[]
  readonly defaultId?: number
  readonly cancelId?: number
}

interface Asked extends MessageBox {
  answer(response: number): void
}

const open: Asked[] = []

/** The questions that wait for an answer. */
export const questions = (): MessageBox[] => open.map(({ answer: _answer, ...box }) => box)

/** What the operator will press when they are asked next. */
const ready: number[] = []
export function answerNext(response: number): void {
  ready.push(response)
}

/** Presses a button of the oldest question. */
export function pressButton(label: string): void {
  const asked = open[0]
  const at = asked?.buttons.indexOf(label) ?? -1
  if (!asked || at < 0) throw new Error(`no question has a button ${label}`)
  open.shift()
  asked.answer(at)
}

export const dialog = {
  showErrorBox(title: string, content: string): void {
    process.send?.({ event: 'dialog', title, content })
  },
  /** With or without a window before its options. */
  showMessageBox(
    ...given: [MessageBox] | [object, MessageBox]
  ): Promise<{ response: number; checkboxChecked: boolean }> {
    app.demandReady('dialog')
    const box = given.at(-1) as MessageBox
    for (const id of [box.defaultId, box.cancelId]) {
      if (id !== undefined && box.buttons[id] === undefined) throw new Error('a button that is not there')
    }
    const response = ready.shift()
    if (response !== undefined) return Promise.resolve({ response, checkboxChecked: false })
    return new Promise((resolve) => {
      open.push({
        ...box,
        answer: (response) => {
          resolve({ response, checkboxChecked: false })
        },
      })
    })
  },
}
