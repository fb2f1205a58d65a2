# Completion of nshm for fish: `nshm completions fish | source`.
#
# The program itself knows what can follow, names that are alive included. It gets the words, and
# fish quotes what it gives.
function __nshm_complete
    set -l words (commandline --tokenize --current-process --cut-at-cursor)
    $words[1] __complete fish -- $words[2..-1] (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command nshm --no-files --arguments '(__nshm_complete)'
