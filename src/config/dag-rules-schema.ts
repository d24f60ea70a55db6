import { z } from 'zod';
import { globProblem } from '../runtime/glob.ts';

export const dagName = z
  .string()
  .max(255)
  .regex(/^[^\p{Cc}\s][^\p{Cc}]*$/u);

/** Strict and complete: with `dag` left out by mistake, pushes would silently start nothing. */
export const dagRulesSchema = z.array(
  z.strictObject({
    repository: z
      .string()
      .refine((text) => globProblem(text) === null && (text === '**' || text.includes('/'))),
    dag: dagName.nullable(),
  }),
);
