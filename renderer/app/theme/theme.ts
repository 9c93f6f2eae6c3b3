/** Light or dark: the operator's choice or the system's, given to our styles and to Naive UI alike. */
import { usePreferredDark } from '@vueuse/core'
import { darkTheme, type GlobalTheme, type GlobalThemeOverrides } from 'naive-ui'
import { computed, watchEffect, type ComputedRef } from 'vue'
import type { Settings } from '#shared/contract/entries/system.ts'
import { locale } from '../i18n/index.ts'
import { dark, fonts, light, type Palette } from './tokens.ts'

/** Naive UI's own values replaced by ours, so that its components look like the rest. */
export function naiveOverrides(palette: Palette): GlobalThemeOverrides {
  const meaning = (name: 'success' | 'warning' | 'error' | 'info', color: string) => ({
    [`${name}Color`]: color,
    [`${name}ColorHover`]: color,
    [`${name}ColorPressed`]: color,
    [`${name}ColorSuppl`]: color,
  })
  return {
    common: {
      fontFamily: 'var(--font)',
      fontFamilyMono: fonts.mono,
      fontSize: '13px',
      fontSizeSmall: '12px',
      fontSizeMedium: '13px',
      fontSizeLarge: '14px',
      borderRadius: '8px',
      borderRadiusSmall: '4px',
      heightSmall: '26px',
      heightMedium: '32px',
      heightLarge: '38px',
      primaryColor: palette.accent,
      primaryColorHover: palette['accent-hover'],
      primaryColorPressed: palette['accent-hover'],
      primaryColorSuppl: palette.accent,
      ...meaning('success', palette.ok),
      ...meaning('warning', palette.warn),
      ...meaning('error', palette.bad),
      ...meaning('info', palette.accent),
      bodyColor: palette.bg,
      cardColor: palette.panel,
      modalColor: palette.panel,
      popoverColor: palette.panel,
      tableColor: palette.panel,
      tableHeaderColor: palette.sunken,
      inputColor: palette.panel,
      hoverColor: palette.hover,
      borderColor: palette.line,
      dividerColor: palette['line-soft'],
      textColorBase: palette.text,
      textColor1: palette.text,
      textColor2: palette.text,
      textColor3: palette['text-2'],
      placeholderColor: palette['text-3'],
      iconColor: palette['text-2'],
      boxShadow2: palette.shadow,
    },
    Button: {
      textColorPrimary: palette['accent-ink'],
      textColorHoverPrimary: palette['accent-ink'],
      textColorPressedPrimary: palette['accent-ink'],
      textColorFocusPrimary: palette['accent-ink'],
      textColorDisabledPrimary: palette['accent-ink'],
      fontWeight: '500',
    },
    // The dark theme of Naive UI draws fields without a line.
    Input: {
      color: palette.panel,
      colorFocus: palette.panel,
      colorDisabled: palette.sunken,
      border: `1px solid ${palette.line}`,
      borderDisabled: `1px solid ${palette.line}`,
      borderHover: `1px solid ${palette['text-3']}`,
      borderFocus: `1px solid ${palette.accent}`,
    },
    Select: {
      peers: {
        InternalSelection: {
          color: palette.panel,
          colorActive: palette.panel,
          border: `1px solid ${palette.line}`,
          borderHover: `1px solid ${palette['text-3']}`,
          borderFocus: `1px solid ${palette.accent}`,
          borderActive: `1px solid ${palette.accent}`,
        },
      },
    },
    Radio: { boxShadow: `inset 0 0 0 1px ${palette['text-3']}` },
    Checkbox: { border: `1px solid ${palette['text-3']}` },
    Dialog: { borderRadius: '14px', titleFontSize: '15px', titleFontWeight: '600' },
    Card: { borderRadius: '12px' },
    Tooltip: { color: palette.text, textColor: palette.panel, borderRadius: '6px', padding: '5px 9px' },
    Popover: { borderRadius: '10px' },
    DataTable: { thColor: palette.sunken, tdColorHover: palette.hover, borderRadius: '0px' },
  }
}

/** Sets the custom properties on the document and keeps them so. */
export function useTheme(settings: () => Settings): {
  naiveTheme: ComputedRef<GlobalTheme | null>
  overrides: ComputedRef<GlobalThemeOverrides>
} {
  const systemIsDark = usePreferredDark()
  const isDark = computed(() => {
    const choice = settings().theme
    return choice === 'system' ? systemIsDark.value : choice === 'dark'
  })
  const palette = computed(() => (isDark.value ? dark : light))

  watchEffect(() => {
    const root = document.documentElement
    root.dataset['theme'] = isDark.value ? 'dark' : 'light'
    root.dataset['density'] = settings().density
    root.style.colorScheme = isDark.value ? 'dark' : 'light'
    for (const [name, value] of Object.entries(palette.value)) root.style.setProperty(`--${name}`, String(value))
    root.style.setProperty('--font', locale.value === 'en' ? fonts.english : fonts.text)
    root.style.setProperty('--mono', fonts.mono)
  })

  return {
    naiveTheme: computed(() => (isDark.value ? darkTheme : null)),
    overrides: computed(() => naiveOverrides(palette.value)),
  }
}
