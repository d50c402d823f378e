import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import { malformed, unsupported } from './wire-refusal.ts';

/** A file of a request, wherever it is. */
export interface WireFile {
  /** `data:` or an address. */
  url?: string | undefined;
  /** Id at the provider. */
  id?: string | undefined;
  filename?: string | undefined;
  /** What it is when nobody says: `image` or `application/pdf`. */
  assumedType: string;
  /** OpenAI's wish for an image's resolution. */
  detail?: string | undefined;
}

/** An image or document as the AI SDK wants it. */
export function filePart(file: WireFile, context: CallContext, param: string): LanguageModelV4FilePart {
  const content =
    file.id === undefined ? contentOf(file, context, param) : referenceTo(file.id, file, { context, param });
  return {
    type: 'file',
    ...content,
    ...(file.filename === undefined ? {} : { filename: file.filename }),
    ...detailOf(file, context, param),
  };
}

/** Sound is always in the request. */
export function audioPart(data: string, format: string): LanguageModelV4FilePart {
  const mediaType = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return { type: 'file', mediaType, data: { type: 'data', data } };
}

type FileContent = Pick<LanguageModelV4FilePart, 'data' | 'mediaType'>;

function contentOf({ url, assumedType }: WireFile, context: CallContext, param: string): FileContent {
  if (url === undefined) throw malformed(param, 'expected the file or its address.');
  if (url.startsWith('data:')) return dataOf(url, assumedType, param);
  return addressOf(url, assumedType, { context, param });
}

function dataOf(url: string, assumedType: string, param: string): FileContent {
  const comma = url.indexOf(',');
  const [mediaType, ...attributes] = url.slice('data:'.length, comma).split(';');
  if (comma === -1 || attributes.at(-1) !== 'base64') {
    throw malformed(param, 'expected data:<media type>;base64,<data> or an address.');
  }
  return { mediaType: mediaType || assumedType, data: { type: 'data', data: url.slice(comma + 1) } };
}

interface Place {
  context: CallContext;
  param: string;
}

/** The server fetches nothing for a client: an address goes only to a provider that fetches it itself. */
function addressOf(address: string, mediaType: string, { context, param }: Place): FileContent {
  const { profile } = context;
  if (!URL.canParse(address))
    throw malformed(param, 'expected an address or data:<media type>;base64,<data>.');
  if (!profile.takesUrl(mediaType.includes('/') ? mediaType : `${mediaType}/*`, address)) {
    throw unsupported(
      param,
      `${profile.name} does not fetch addresses; send the file itself as a data: URL.`,
    );
  }
  return { mediaType, data: { type: 'url', url: new URL(address) } };
}

function referenceTo(id: string, { assumedType }: WireFile, { context, param }: Place): FileContent {
  const { profile } = context;
  if (profile.kind === 'anthropic' || profile.kind === 'other') {
    throw unsupported(param, `${profile.name} knows no files uploaded to OpenAI; send the file itself.`);
  }
  const reference = { [profile.optionsKey]: id, [profile.namespace]: id };
  return { mediaType: assumedType, data: { type: 'reference', reference } };
}

/** Resolution is OpenAI's notion; other providers choose it themselves. */
function detailOf(
  { detail, url }: WireFile,
  { profile: { kind, optionsKey, name }, warnings }: CallContext,
  param: string,
): Partial<LanguageModelV4FilePart> {
  if (detail === undefined || detail === 'auto') return {};
  if (kind === 'openai-chat' || kind === 'openai-responses') {
    return { providerOptions: { [optionsKey]: { imageDetail: detail } } };
  }
  if (kind === 'openai-compatible')
    return { providerOptions: { openaiCompatible: { image_url: { url, detail } } } };
  warnings.push(`${param}: ${name} chooses an image's resolution itself; detail was left out`);
  return {};
}
