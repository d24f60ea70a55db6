import { code } from './markdown.ts';

/** As much of JSON Schema as our schemas come to. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly $ref?: string;
}

/** A field of an object, by its dotted path; `[]` stands for each item of a list. */
export interface Field {
  readonly path: string;
  readonly type: string;
  readonly meaning: string;
}

/** What a value of the schema is, in words. A reference is named, not followed. */
export function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.enum) return schema.enum.map((each) => code(String(each))).join(', ');
  if (schema.const !== undefined) return code(String(schema.const));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (typeof schema.type === 'object')
    return schema.type.map((type) => typeOf({ ...schema, type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of: ${schema.items ? typeOf(schema.items) : 'anything'}`;
    case 'object':
      return typeof schema.additionalProperties === 'object' && !schema.properties
        ? `names with: ${typeOf(schema.additionalProperties)}`
        : 'object';
    default:
      return schema.type ?? 'anything';
  }
}

/** The fields of an object and of those within it, in the schema's order. */
export function fieldsOf(schema: JsonSchema, prefix = ''): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const optional = schema.required?.includes(name) ? '' : ', optional';
    const { object, suffix } = within(field);
    return [
      { path: `${path}`, type: `${typeOf(field)}${optional}`, meaning: field.description ?? '' },
      ...(object ? fieldsOf(object, `${path}${suffix}.`) : []),
    ];
  });
}

/** The object that a field is, or that it may be, or that the items of its list are. */
function within(field: JsonSchema): { object: JsonSchema | null; suffix: string } {
  if (field.items) return { object: within(field.items).object, suffix: '[]' };
  if (field.properties) return { object: field, suffix: '' };
  const objects = (field.anyOf ?? field.oneOf ?? []).filter(({ properties }) => properties);
  return { object: objects.length > 0 ? merged(objects) : null, suffix: '' };
}

/** What any of these objects may have; constants that tell them apart become the list of them. */
function merged(objects: readonly JsonSchema[]): JsonSchema {
  const names = [...new Set(objects.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const properties = names.map((name) => {
    const found = objects.flatMap(({ properties }) => properties?.[name] ?? []);
    const constants = found.flatMap((each) => (each.const === undefined ? [] : [each.const]));
    return [name, constants.length > 1 ? { enum: constants } : (found[0] ?? {})] as const;
  });
  const required = names.filter((name) => objects.every((each) => each.required?.includes(name)));
  return { type: 'object', properties: Object.fromEntries(properties), required };
}

function textOf({ format, pattern }: JsonSchema): string {
  if (format === 'uuid') return 'UUID';
  if (format === 'date-time') return 'time';
  if (format === 'date') return 'day';
  return pattern?.includes('[0-9a-f]') ? 'hexadecimal' : 'text';
}

/** zod makes a definition without a name of a schema that contains itself: only that of any JSON does. */
function nameOf(reference: string): string {
  const name = reference.split('/').at(-1) ?? '';
  return name.startsWith('__') ? 'any JSON' : name;
}
