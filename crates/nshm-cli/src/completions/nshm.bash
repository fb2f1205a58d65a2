# Completion of nshm for bash: `source <(nshm completions bash)`.
#
# The program itself knows what can follow, names that are alive included. It gets the line up to
# the cursor, and what bash breaks words at, so that it can quote as the line needs it.
_nshm() {
    mapfile -t COMPREPLY < <(
        "$1" __complete bash -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null
    )
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace
    fi
}
complete -F _nshm nshm
