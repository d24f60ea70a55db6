import { endpoints } from '../dashboard/api/endpoints/all.ts';
import { openApiDocument } from '../dashboard/api/openapi.ts';
import { errorReference } from '../runtime/errors.ts';
import { fieldsOf, type JsonSchema, typeOf } from './json-schema.ts';
import { code, table } from './markdown.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>>;
}

interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** Every address of the API and every answer, as `/api/openapi.json` has them, without a line break at the end. */
export function renderApi(): string {
  const document = openApiDocument(endpoints) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
  );
  const schemas = Object.entries(document.components.schemas)
    .filter(([name]) => !name.startsWith('__'))
    .map(([name, schema]) => `#### ${name}\n\n${fieldTable(schema)}`);
  return [...operations, '### What answers hold', ...schemas].join('\n\n');
}

/** Every code of an error, its HTTP status, and its text. */
export function renderErrors(): string {
  return table(
    ['Code', 'Status', 'Text'],
    errorReference.map(({ code: name, status, text }) => [
      code(name),
      status === null ? '' : `${status}`,
      text,
    ]),
  );
}

function renderOperation(method: string, path: string, operation: Operation): string {
  const parameters = (operation.parameters ?? []).map((parameter) => [
    code(parameter.name),
    parameter.in,
    `${typeOf(parameter.schema)}${parameter.required ? '' : ', optional'}`,
    parameter.schema.default === undefined ? '' : code(String(parameter.schema.default)),
    parameter.description ?? parameter.schema.description ?? '',
  ]);
  const body = schemaOf(operation.requestBody);
  const answers = Object.entries(operation.responses).map(([status, answer]) =>
    answersOf(status, answer).join(''),
  );
  return [
    `### ${method.toUpperCase()} ${path}`,
    `${operation.summary}. ${operation.description}`,
    ...(parameters.length > 0 ? [table(['Parameter', 'In', 'Type', 'Default', 'Meaning'], parameters)] : []),
    ...(body ? [`Body:\n\n${fieldTable(body)}`] : []),
    `Answers: ${answers.join(', ')}.`,
  ].join('\n\n');
}

/** A good answer with what it holds; of the others the number tells. */
function answersOf(status: string, answer: Content): string[] {
  if (!status.startsWith('2')) return [status];
  const schema = schemaOf(answer);
  const [type] = Object.keys(answer.content ?? {});
  return [status, schema ? ` with ${typeOf(schema)}` : type === undefined ? '' : ` as ${code(type)}`];
}

function schemaOf(content: Content | undefined): JsonSchema | undefined {
  return content?.content?.['application/json']?.schema;
}

function fieldTable(schema: JsonSchema): string {
  return table(
    ['Field', 'Type', 'Meaning'],
    fieldsOf(schema).map(({ path, type, meaning }) => [code(path), type, meaning]),
  );
}
