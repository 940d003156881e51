import { UserError } from "./errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "a part of its path is no folder",
  EISDIR: "it is a folder",
  EEXIST: "its name is taken",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its name is too long",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

/** Why a file or folder can't be used, as a phrase; undefined for an error that is not of the file system. */
export function fileTrouble(error: unknown): string | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return undefined;
  return reasons[code] ?? `the system says ${code}`;
}

/** The result of what works on files. @param problem Makes the sentence from the reason. @throws UserError with it where the file system refuses */
export function withFiles<T>(run: () => T, problem: (why: string) => string): T {
  try {
    return run();
  } catch (error) {
    const why = fileTrouble(error);
    if (why === undefined) throw error;
    throw new UserError([problem(why)]);
  }
}
