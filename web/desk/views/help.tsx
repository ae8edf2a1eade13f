import { Dialog } from '../../shared/ui/dialog'
import { KEYS, helpOpen, keyName, type Command } from '../keys'
import { t } from '../texts'

export function Help() {
  if (!helpOpen.value) return null
  return (
    <Dialog title={t('help')} closeLabel={t('close')} onClose={() => (helpOpen.value = false)}>
      <div class="dialog-body">
        <p class="quiet">{t('help.lead')}</p>
        <dl class="keys">
          {(Object.keys(KEYS) as Command[]).map((command) => (
            <div key={command}>
              <dt>{t(`key.${command}`)}</dt>
              <dd>
                {keyName(command).split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <div class="dialog-foot" />
    </Dialog>
  )
}
