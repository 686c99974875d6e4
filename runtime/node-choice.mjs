// Decides which Node.js runs Sallyport: the present one, or a pinned one from the registry.
// Pure; `pinned-node.mjs` acts on the answer.

/** The first release of each line that runs `.ts` files without a flag. */
const oldestMinorByMajor = new Map([
  [22, 18],
  [23, 6],
]);

/**
 * @param {string} version such as `22.18.0`
 * @returns {boolean}
 */
export function isRecentNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const oldestMinor = oldestMinorByMajor.get(major);
  return oldestMinor === undefined ? major > 22 : minor >= oldestMinor;
}

/** The registry's Linux binaries are built for glibc; they name its loader by this path. */
const glibcLoaders = new Map([
  ['x64', '/lib64/ld-linux-x86-64.so.2'],
  ['arm64', '/lib/ld-linux-aarch64.so.1'],
]);

/**
 * @typedef {object} Machine
 * @property {string} version of the present Node
 * @property {string} platform `process.platform`
 * @property {string} arch `process.arch`
 * @property {readonly string[]} pinnedPlatforms the folders of `runtime/`, such as `linux-x64`
 * @property {(path: string) => boolean} exists whether a file is there
 */

/**
 * @param {Machine} machine
 * @returns {{ found: true, platform: string, executable: string } | { found: false, why: string }}
 *   `executable` is relative to the folder where npm installed the package
 */
export function choosePinnedNode(machine) {
  const { arch, exists, pinnedPlatforms } = machine;
  const isWindows = machine.platform === 'win32';
  const platform = `${isWindows ? 'win' : machine.platform}-${arch}`;
  if (!pinnedPlatforms.includes(platform)) {
    return { found: false, why: refusal(machine, platform) };
  }
  const loader = machine.platform === 'linux' ? glibcLoaders.get(arch) : undefined;
  if (loader !== undefined && !exists(loader)) {
    return { found: false, why: refusal(machine, `${platform} without glibc`) };
  }
  const file = isWindows ? 'node.exe' : 'node';
  return { found: true, platform, executable: `node_modules/node-${platform}/bin/${file}` };
}

/**
 * @param {Machine} machine
 * @param {string} platform
 */
function refusal(machine, platform) {
  return (
    `Sallyport needs Node >= 22.18. This is Node ${machine.version}, and there is no ready-made ` +
    `newer one for ${platform}: please install Node >= 22.18 and start again.`
  );
}
