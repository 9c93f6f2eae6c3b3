import { createRouter, createWebHistory } from 'vue-router'
import { screens } from './screens.ts'

/** Routes are paths of their own, so that a reload stays in place. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: { name: 'inbox' } },
    { path: '/welcome', name: 'welcome', component: () => import('@/features/welcome/WelcomeScreen.vue') },
    { path: '/help/:document?', name: 'help', component: () => import('@/features/help/HelpScreen.vue') },
    ...screens.flatMap((screen) => screen.routes),
    { path: '/:rest(.*)*', redirect: { name: 'inbox' } },
  ],
})
