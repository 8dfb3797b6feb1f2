import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { allNamespacesOption, outputOption, withCluster } from '../global-options.ts'
import type { AnyObject } from '../kinds.ts'
import { type Listed, type ListOptions, printList } from '../object-list.ts'

export interface ListCommand<O extends AnyObject> extends Listed<O> {
  description: string
  /** One a line. */
  examples: readonly string[]
}

/** `list` of a group of commands. */
export function addList<O extends AnyObject>(group: Command, environment: Environment, list: ListCommand<O>): void {
  group
    .command('list')
    .alias('ls')
    .summary(`list ${list.things}`)
    .description(list.description)
    .addOption(allNamespacesOption())
    .addOption(outputOption('wide', 'json', 'yaml', 'name'))
    .addHelpText('after', examplesText(list.examples))
    .action(async (options: ListOptions, command: Command) => {
      await withCluster(environment, command, (cluster, paint) => printList(cluster, list, options, environment, paint))
    })
}

/** Examples, as they stand below the options. */
export function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`
}
