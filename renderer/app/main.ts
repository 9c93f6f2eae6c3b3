import './no-eval.ts'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { useBridge } from '../bridge/index.ts'
import { createBrowserBridge } from '../bridge/browser.ts'
import { together } from '../bridge/together.ts'
import { useSession } from '../stores/session.ts'
import App from './App.vue'
import { localeOf } from './i18n/index.ts'
import { router } from './router.ts'
import './theme/base.css'

const app = createApp(App).use(createPinia()).use(router)
useBridge(together(window.switchboard ?? createBrowserBridge({ origin: location.origin, locale: localeOf('auto') })))
useSession().start()
app.mount('#app')
