import { calico, watchdog } from '../../contract';

/** When the script restarts Whisker. */
export interface WatchdogScriptProps {
  /** Connection errors within the window from which on the backend counts as hanging. */
  readonly errorThreshold: number;
  /** Minutes of log that are looked at. */
  readonly windowMinutes: number;
}

/**
 * The rule of `trail watchdog` for `/bin/sh` and `kubectl`, for clusters that can't pull trail's image. Same
 * thresholds, same wording; a failing kubectl ends it with kubectl's own message and status.
 */
export function watchdogScript({ errorThreshold, windowMinutes }: WatchdogScriptProps): string {
  const kubectl = `kubectl --namespace ${calico.namespace}`;
  const ready = `{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{" "}{end}`;
  const patterns = watchdog.errorTexts.map((text) => `-e '${text}'`).join(' ');
  return `
set -eu
goldmane=$(${kubectl} get pods --selector ${calico.goldmaneSelector} --output 'jsonpath=${ready}')
case " $goldmane" in
  *' True '*) ;;
  *) echo 'left alone: goldmane is not ready, restarting whisker would not help'; exit 0 ;;
esac
log=$(${kubectl} logs --selector ${calico.whiskerSelector} --container ${calico.whiskerBackendContainer} --since ${windowMinutes}m --tail 5000)
errors=$(printf '%s\\n' "$log" | grep -cF ${patterns} || true)
if [ "$errors" -lt ${errorThreshold} ]; then
  echo "left alone: whisker-backend logged $errors connection errors in ${windowMinutes} min, ${errorThreshold} mean it hangs"
  exit 0
fi
${kubectl} delete pods --selector ${calico.whiskerSelector} --wait=false --output name
echo "restarted whisker: whisker-backend logged $errors connection errors in ${windowMinutes} min while goldmane is ready"
`.trimStart();
}
