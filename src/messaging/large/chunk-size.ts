/** How much of the payload a chunk holds, where the inbox takes records of the usual size; in bytes. */
export const CHUNK_SIZE = 900 * 1024;
