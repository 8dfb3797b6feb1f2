import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiVersionOf } from '../../kube/resource.ts'
import type { Cluster } from '../cluster.ts'
import type { Environment } from '../environment.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { DISK_FORMATS, formatOf, type ImageFormat } from '../file-format.ts'
import { outputOption, withCluster } from '../global-options.ts'
import { safeUrl } from '../image-gateway.ts'
import { ImageUpload, type ImageUploadResult } from '../image-upload.ts'
import { images } from '../kinds.ts'
import { LocalFile } from '../local-file.ts'
import { objectNameFrom } from '../object-name.ts'
import { type ObjectFormat, printObjects } from '../object-output.ts'
import { ProgressLine } from '../progress-line.ts'
import { parseSeconds } from './parse-seconds.ts'

const VISIBILITIES = ['Private', 'Shared', 'Community', 'Public'] as const

interface UploadOptions {
  name?: string
  cloud?: string
  format?: ImageFormat
  imageName?: string
  property?: Record<string, string>
  tag?: string[]
  minDisk?: string
  minMemory?: string
  visibility?: (typeof VISIBILITIES)[number]
  disabled?: boolean
  uploadUrl?: URL
  insecureSkipTlsVerify?: boolean
  wait: boolean
  timeout: number
  output?: ObjectFormat
}

export function addImageUpload(image: Command, environment: Environment): void {
  image
    .command('upload')
    .argument('<file>', 'disk image: qcow2, raw, iso, vmdk, vhd, vhdx or vdi')
    .summary('make an image of a file')
    .description(
      'Make an Image of a file and send its bytes. The same command again goes on where the last one ended, ' +
        'after Ctrl-C, a lost connection or a restart of the operator.',
    )
    .option('--name <name>', 'name of the Image (default: made of the file’s name)')
    .option('--cloud <name>', 'Cloud (default: the only one of the namespace)')
    .addOption(
      new Option('--format <format>', 'disk format (default: what the file’s header shows)').choices(DISK_FORMATS),
    )
    .option('--image-name <name>', 'name in Glance (default: the name of the Image)')
    .option('--property <key=value>', 'free property, may be repeated', collectProperty)
    .option('--tag <tag>', 'tag, may be repeated', (tag: string, tags: string[] = []) => [...tags, tag])
    .option('--min-disk <size>', 'smallest disk that the image boots from: 40Gi')
    .option('--min-memory <size>', 'least memory that the image boots with: 4Gi')
    .addOption(new Option('--visibility <who>', 'private, shared, community or public').argParser(parseVisibility))
    .option('--disabled', 'not to be used for new templates until it is enabled')
    .option('--wait', 'wait until the image is ready', true)
    .option('--no-wait', 'end when the bytes are sent')
    .option('--timeout <seconds>', 'longest wait without any change; 0: none', parseSeconds, 600)
    .option('--upload-url <url>', 'send the bytes there instead of status.upload.url', parseUrl)
    .option('--insecure-skip-tls-verify', 'take any certificate of the upload gateway')
    .addOption(outputOption('json', 'yaml', 'name'))
    .addHelpText(
      'after',
      `
Examples:
  kubectl auxo image upload windows-11.qcow2
  kubectl auxo image upload debian.iso --name debian-13 --disabled
  kubectl auxo image upload w11.qcow2 --image-name 'Windows 11' --min-disk 40Gi --min-memory 4Gi \\
    --property os_type=windows --property hw_disk_bus=virtio --tag gold`,
    )
    .action((path: string, options: UploadOptions, command: Command) => upload(path, options, command, environment))
}

async function upload(path: string, options: UploadOptions, command: Command, environment: Environment): Promise<void> {
  const file = await LocalFile.open(path)
  try {
    const format = await formatOf(file, options.format)
    const name = options.name ?? objectNameFrom(file.name)
    if (name === '') throw new CliError(`no name can be made of ${file.name}; say --name`, EXIT.usage)
    await withCluster(environment, command, async (cluster) => {
      const result = await send(cluster, file, name, format, options, environment)
      report(result, name, options, environment)
    })
  } catch (error) {
    if (environment.signal.aborted) environment.stderr.write(resumeHint(environment))
    throw error
  } finally {
    await file.close()
  }
}

async function send(
  cluster: Cluster,
  file: LocalFile,
  name: string,
  format: ImageFormat,
  options: UploadOptions,
  environment: Environment,
): Promise<ImageUploadResult> {
  const progress = new ProgressLine({ stream: environment.stderr, label: file.name, total: file.size })
  const { cloud, imageName, minDisk, minMemory, visibility, uploadUrl, wait } = options
  const { property: properties, tag: tags } = options
  const wishes = { name, format, cloud, imageName, minDisk, minMemory, visibility, properties, tags, uploadUrl, wait }
  const run = new ImageUpload(
    cluster,
    file,
    {
      ...wishes,
      disabled: options.disabled === true,
      insecureSkipTlsVerify: options.insecureSkipTlsVerify === true,
      timeoutMs: options.timeout * 1000,
    },
    progress,
  )
  return await run.run(environment.signal)
}

function report({ image, outcome }: ImageUploadResult, name: string, options: UploadOptions, environment: Environment) {
  if (options.output !== undefined) {
    const typed = { ...image, apiVersion: apiVersionOf(images), kind: images.kind }
    environment.stdout.write(printObjects(typed, options.output))
    return
  }
  const id = image.status?.id === undefined ? '' : `, id ${image.status.id}`
  const texts = {
    AlreadyThere: `image ${name} is there already and ready${id}; nothing was sent`,
    Ready: `image ${name} is ready${id}`,
    Sent: `image ${name}: all bytes are sent${id}; watch it with kubectl auxo image list`,
  }
  environment.stdout.write(`${texts[outcome]}\n`)
}

function resumeHint({ argv }: Environment): string {
  return `interrupted; go on with:\n  kubectl auxo ${argv.map(shellQuoted).join(' ')}\n`
}

function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function collectProperty(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('It must be key=value.')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

function parseVisibility(text: string): (typeof VISIBILITIES)[number] {
  const found = VISIBILITIES.find((known) => known.toLowerCase() === text.toLowerCase())
  if (found === undefined) throw new InvalidArgumentError(`It must be one of ${VISIBILITIES.join(', ')}.`)
  return found
}

function parseUrl(text: string): URL {
  try {
    return safeUrl(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
