import { shellWord } from '#cli/app/shell.ts';

export const SHELLS = ['bash', 'zsh'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * Each asks the program at its absolute path, and never what is typed as the first word. Answers are lines of text, split at tabs and never
 * evaluated. The first line says whether files fit as well. No line within the deadline: nothing is offered.
 */
const bash = (wrapper: string): string => `_keyturn() {
  local line kind= tab=$'\\t'
  COMPREPLY=()
  while IFS= read -r line; do
    if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("\${line%%"$tab"*}"); fi
  done < <(${shellWord(wrapper)} completion reply -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  if [ "$kind" = file ]; then compopt -o default 2>/dev/null; fi
}
complete -F _keyturn keyturn
`;

const zsh = (wrapper: string): string => `#compdef keyturn
_keyturn() {
  local line kind= tab=$'\\t'
  local -a found
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else found+=("\${\${line%%$tab*}//:/\\\\:}:\${line#*$tab}"); fi
  done < <(${shellWord(wrapper)} completion reply -- "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)
  if (( \${#found} )); then _describe -V keyturn found; fi
  if [[ $kind == file ]]; then _files; fi
}
compdef _keyturn keyturn
`;

/** What a shell reads to complete command lines of the program at `wrapper`, an absolute path. */
export const completionScript = (shell: Shell, wrapper: string): string => {
  switch (shell) {
    case 'bash':
      return bash(wrapper);
    case 'zsh':
      return zsh(wrapper);
    default:
      return shell satisfies never;
  }
};
