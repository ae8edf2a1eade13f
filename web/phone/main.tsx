import { render } from 'preact'
import '../shared/styles/base.css'
import { followSettings } from '../shared/settings'
import { Phone } from './phone'
import './phone.css'

const root = document.getElementById('app')

followSettings()
if (root) render(<Phone />, root)
