import { render } from 'preact'
import '../shared/styles/base.css'
import { followSettings } from '../shared/settings'
import { App } from './app'
import { listenToKeys } from './keys'
import { forgetOldDrafts } from './state/drafts'
import './styles/layout.css'
import './styles/rail.css'
import './styles/conversation.css'
import './styles/panels.css'
import './styles/narrow.css'

const root = document.getElementById('app')

followSettings()
forgetOldDrafts()
listenToKeys()
if (root) render(<App />, root)
