import { parseDuration } from '../domain/duration.js';
import { MsgError } from '../errors.js';
import { parseAddress } from '../registry/address.js';
import { deployDirectory, type DeploymentOutcome } from '../registry/ethers.js';
import type { Context } from '../runtime.js';
import { accountAddressOf, accountOf } from '../session/account.js';
import { confirmationsOf } from '../session/book.js';
import { chainIdOf } from '../session/directory.js';
import { ensureDirectory } from '../config/directories.js';
import type { Session } from '../session/session.js';
import { describeOutcome, sayWritten, type ChangeOptions } from './directory-change.js';
import { outline } from './outline.js';
import { setInProfile } from './profile-setting.js';

/** What `msg registry deploy` was asked for. */
export interface DeployOptions extends ChangeOptions {
  readonly admin?: string | undefined;
  readonly adminDelay?: string | undefined;
  readonly recoveryDelay?: string | undefined;
  readonly openRegistration?: boolean | undefined;
  /** Set the new directory in the profile though it has one. */
  readonly save?: boolean | undefined;
}

const ADMIN_DELAY = '1d';
const RECOVERY_DELAY = '2d';

/**
 * Puts a new directory on the chain and says which settings make others use it. The profile in use
 * gets them when it has no directory yet, or with `--save`.
 */
export async function run(options: DeployOptions, context: Context): Promise<void> {
  const adminDelay = parseSeconds('--admin-delay', options.adminDelay ?? ADMIN_DELAY);
  const recoveryDelay = parseSeconds('--recovery-delay', options.recoveryDelay ?? RECOVERY_DELAY);
  const session = await context.session();
  const { settings } = session;
  const secret: Session['secret'] = (...args) => session.secret(...args);
  const chainId = await chainIdOf(session);
  const admin =
    options.admin === undefined
      ? await accountAddressOf(settings, secret)
      : parseAddress(options.admin);
  const writer = {
    ...{ rpc: session.rpcOptions(), chainId, account: await accountOf(settings, secret) },
    ...{ fees: settings['chain.fees'].value, confirmations: confirmationsOf(settings) },
    lockDirectory: ensureDirectory(session.configuration.directories.state),
    dryRun: options.dryRun === true,
  };
  const openRegistration = options.openRegistration === true;
  const terms = { admin, adminDelay, recoveryDelay, openRegistration };
  const deployed = await deployDirectory(writer, terms);
  await print(deployed, { chainId, admin }, context);
  sayWritten(deployed.outcome, 'the directory is on the chain', context);
  if (deployed.address === undefined) return;
  await tellSettings({ directory: deployed.address, chainId }, options, context);
  context.report.note(
    'give out the roles next: msg registry grant registrar 0x…; msg registry grant revoker 0x…',
  );
}

/** @throws MsgError `usage` for what is no whole number of seconds. */
function parseSeconds(flag: string, text: string): number {
  const seconds = parseDuration(text) / 1000;
  if (Number.isInteger(seconds)) return seconds;
  throw new MsgError('usage', `${flag}: the chain counts whole seconds, not ${text}`, {
    hint: 'write it in s, m, h or d, such as 2d',
  });
}

async function print(
  { address, codeHash, outcome }: DeploymentOutcome,
  { chainId, admin }: { readonly chainId: bigint; readonly admin: string },
  { io, json }: Context,
): Promise<void> {
  const id = json ? Number(chainId) : chainId;
  const described = { address, chainId: id, codeHash, admin, ...describeOutcome(outcome) };
  await io.stdout.write(`${json ? JSON.stringify(described) : outline(short(described))}\n`);
}

/** For people, without the 17 kB of the call. */
function short(described: object): object {
  return Object.fromEntries(
    Object.entries(described).filter(([key]) => key !== 'data' && key !== 'state'),
  );
}

async function tellSettings(
  { directory, chainId }: { readonly directory: string; readonly chainId: bigint },
  { save }: DeployOptions,
  context: Context,
): Promise<void> {
  const { settings, configuration } = await context.session();
  const changes = { directory, 'chain.id': String(chainId) };
  const isToBeSaved = save === true || settings.directory.value === undefined;
  if (isToBeSaved && (await setInProfile(changes, context))) return;
  const { report } = context;
  if (!isToBeSaved) report.note(`profile ${configuration.profile} keeps its directory`);
  report.note(
    `to use it: msg profile set directory ${directory}; msg profile set chain.id ${chainId}`,
  );
}
