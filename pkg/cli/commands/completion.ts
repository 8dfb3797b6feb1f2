import { Argument, type Command } from 'commander'
import { completionScripts, type Shell } from '../completion-scripts.ts'
import type { Environment } from '../environment.ts'

export function addCompletion(program: Command, environment: Environment): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(completionScripts)))
    .summary('print a completion script for a shell')
    .description(
      'Print a completion script for `kubectl-auxo`. For `kubectl auxo` kubectl’s own completion is enough: it finds ' +
        '`kubectl_complete-auxo`, which sits beside this program and must be on the PATH, too.',
    )
    .addHelpText(
      'after',
      `
Examples:
  source <(kubectl auxo completion bash)
  kubectl auxo completion zsh > "\${fpath[1]}/_kubectl-auxo"
  kubectl auxo completion fish > ~/.config/fish/completions/kubectl-auxo.fish`,
    )
    .action((shell: Shell) => {
      environment.stdout.write(completionScripts[shell])
    })
}
