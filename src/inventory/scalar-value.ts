import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml';

/** What an unquoted word means in the YAML 1.2 core schema: `off`, `yes` and dates are text, `1.30` is a number. */
export const scalarValue = (text: string): string | number | boolean | null => {
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
};
