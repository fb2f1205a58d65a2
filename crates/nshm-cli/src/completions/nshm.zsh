#compdef nshm
# Completion of nshm for zsh: `source <(nshm completions zsh)`, or a file `_nshm` in $fpath.
#
# The program itself knows what can follow, names that are alive included. It gets the words as
# they mean, and zsh quotes what it gives.
_nshm() {
    local line
    local -a values shown
    while IFS= read -r line; do
        values+=("${line%%$'\t'*}")
        shown+=("${line/$'\t'/  -- }")
    done < <("${(Q)words[1]}" __complete zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    if (( ${#values} == 1 )) && [[ ${values[1]} == */ ]]; then
        compadd -S '' -d shown -a values
    else
        compadd -l -d shown -a values
    fi
}
if [[ $funcstack[1] == _nshm ]]; then
    _nshm "$@"
else
    compdef _nshm nshm
fi
