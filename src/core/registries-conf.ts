import toml from '@iarna/toml';

/** Why a file of containers-registries.conf(5) keeps images from being pulled, with its place; undefined: it does not. */
export const registriesProblem = (path: string, text: string): string | undefined => {
  try {
    return toml.parse(text).registries === undefined
      ? undefined
      : `${path} is written in the first version of its format ([registries.search] …), which goes with no other file`;
  } catch (problem) {
    const { line, col } = Object(problem);
    const [said = 'no TOML'] = problem instanceof Error ? problem.message.split(/ at row /) : [];
    return `${path}:${Number(line) + 1}:${Number(col) + 1}: ${said}`;
  }
};
