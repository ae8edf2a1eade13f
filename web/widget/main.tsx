import { render } from 'preact'
import '../shared/styles/base.css'
import { followSettings } from '../shared/settings'
import { conversation } from './conversation'
import { Widget } from './view'
import './widget.css'

const query = new URLSearchParams(location.search)
const root = document.getElementById('app')

followSettings()
const talk = conversation(query.get('site') ?? 'demo')
void talk.connect()
if (root) render(<Widget talk={talk} embedded={query.has('embed') && parent !== window} />, root)
