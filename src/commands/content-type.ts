import mime from 'mime/lite';

/** The content type that a file's extension stands for; unknown ones are plain bytes. */
export function contentTypeOf(path: string): string {
  return mime.getType(path) ?? 'application/octet-stream';
}
