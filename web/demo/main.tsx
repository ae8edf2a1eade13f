import { render } from 'preact'
import '../shared/styles/base.css'
import { followSettings } from '../shared/settings'
import './demo.css'
import { Home } from './home'

const root = document.getElementById('app')

followSettings()
if (root) render(<Home />, root)
