import { join } from "node:path";
import { UserError } from "../../common/errors.ts";
import { run } from "../../common/run.ts";
import { runFetching } from "../fetching.ts";
import { findProgram } from "../node/programs.ts";

/** The file of the folder `source` that pins a pip part: every package with its version and hash. */
export const requirementsOf = (source: string) => join(source, "requirements.txt");

/**
 * The Python of the images, Debian 12's: what is compiled fits it, whatever Python the host has.
 * https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-python-version
 */
const python = ["--python-version=3.11", "--implementation=cp", "--abi=cp311", "--abi=abi3", "--abi=none"];
const platforms = ["--platform=manylinux_2_28_x86_64", "--platform=manylinux2014_x86_64"];

/**
 * Installs what the requirements.txt of the folder `source` names into `target`: wheels of the hashes given there, and nothing else.
 *
 * @throws UserError where there is no pip, or a package can't be had
 */
export async function stagePip(source: string, target: string): Promise<void> {
  const known = findProgram("python3") && (await run("python3", ["-m", "pip", "--version"]).catch(() => undefined));
  if (!known) throw new UserError(["The program pip is missing. Type: apt-get install -y python3-pip"]);
  const wheels = ["--require-hashes", "--no-deps", "--only-binary=:all:", ...python, ...platforms];
  // Compiled files carry times, which would make another image of the same content.
  const options = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-compile", ...wheels];
  const files = ["--requirement", requirementsOf(source), "--target", target];
  await runFetching("python3", ["-m", "pip", "install", ...options, ...files], { title: `pip install for ${target}` });
}
