import { goProgram } from './go-program.ts'

/** Path of the helm command. */
export function helm(signal?: AbortSignal): Promise<string> {
  return goProgram('helm', 'helm.sh/helm/v4/cmd/helm', [], signal)
}
