import { ProviderError } from "../kubernetes/errors.ts";

/** A file to put into a container. */
export interface TarFile {
  /** Absolute path. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const block = 512;

/** An archive of one file, in the format ustar (POSIX 1003.1). Made in memory: the file may be a secret. @throws for a path that is too long */
export function tarOf({ path, content, mode, uid, gid }: TarFile): Buffer {
  const name = path.replace(/^\/+/, "");
  if (Buffer.byteLength(name) > 100)
    throw new ProviderError(
      `uploads: the path ${path} is longer than 100 bytes, which the stand-in provider packs no file under`,
    );
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "ascii");
  header.write(name, 0, "utf8");
  octal(mode, 100, 8);
  octal(uid, 108, 8);
  octal(gid, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write("        ", 148, "ascii");
  header.write("0", 156, "ascii");
  header.write("ustar\x0000", 257, "ascii");
  // Computed with its own field full of spaces.
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "ascii");
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)]);
}
