import { Command } from 'commander'
import { addCompletion } from './commands/completion.ts'
import { addDesktopList } from './commands/desktop-list.ts'
import { addDesktopStart, addDesktopStop } from './commands/desktop-power.ts'
import { addDesktopResize } from './commands/desktop-resize.ts'
import { addImageDisable, addImageEnable } from './commands/image-enablement.ts'
import { addImageList } from './commands/image-list.ts'
import { addImageUpload } from './commands/image-upload.ts'
import { addQuota } from './commands/quota.ts'
import { addStatus } from './commands/status.ts'
import { addVersion } from './commands/version.ts'
import type { Environment } from './environment.ts'
import { addGlobalOptions } from './global-options.ts'

/** The whole command line. Parsing throws `CommanderError` instead of ending the process. */
export function buildProgram(environment: Environment): Command {
  const program = new Command('kubectl auxo')
    .description('Virtual desktops on OpenStack, from the command line.')
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(environment.stdout.columns ?? 100, 120) })
    .helpCommand('help [command]', 'help on a command')
    .helpOption('-h, --help', 'help')
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/\s*\n\s*/g, ' ')
            .replace(/\.$/, '')}; see --help\n`,
        ),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `
Examples:
  kubectl auxo image upload windows-11.qcow2
  kubectl auxo image list -A
  kubectl auxo desktop resize pc-042 --cpus 4 --memory 8Gi --wait
  kubectl auxo status

Exit codes:
  0 done    1 failed, or something is not ready    2 wrong usage    3 not found    4 refused    130 interrupted`,
    )
  addGlobalOptions(program)
  const image = program.command('image').summary('work with images').description('Work with images.')
  addImageUpload(image, environment)
  addImageList(image, environment)
  addImageEnable(image, environment)
  addImageDisable(image, environment)
  const desktop = program.command('desktop').summary('work with desktops').description('Work with desktops.')
  addDesktopList(desktop, environment)
  addDesktopStart(desktop, environment)
  addDesktopStop(desktop, environment)
  addDesktopResize(desktop, environment)
  addQuota(program, environment)
  addStatus(program, environment)
  addVersion(program, environment)
  addCompletion(program, environment)
  return program
}
