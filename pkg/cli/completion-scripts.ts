/** What makes a shell ask `kubectl-auxo __complete`, by shell. */
export const completionScripts = {
  bash: `_kubectl_auxo() {
  local line directive=0
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(kubectl-auxo __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if ((directive & 4)); then compopt +o default 2>/dev/null; fi
}
complete -o default -F _kubectl_auxo kubectl-auxo
`,
  zsh: `#compdef kubectl-auxo
_kubectl_auxo() {
  local line directive=0
  local -a values
  while IFS= read -r line; do
    case $line in
      :*) directive=\${line#:} ;;
      *) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <(kubectl-auxo __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if ((\${#values})); then
    _describe -t values value values
  elif ! ((directive & 4)); then
    _files
  fi
}
compdef _kubectl_auxo kubectl-auxo
`,
  fish: `function __kubectl_auxo_complete
  set -l words (commandline -opc)
  set -l lines (kubectl-auxo __complete $words[2..-1] "$(commandline -ct)" 2>/dev/null)
  if test "$lines" = ":0"
    __fish_complete_path (commandline -ct)
  else
    string match --invert --regex '^:' -- $lines
  end
end
complete -c kubectl-auxo -f -a '(__kubectl_auxo_complete)'
`,
} as const

export type Shell = keyof typeof completionScripts
