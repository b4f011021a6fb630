# SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
# Completion for bash: commands and options as the program's own --help has them, names of files elsewhere.
_qprov() {
	local cur=${COMP_WORDS[COMP_CWORD]} words=""

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		words="$(qprov --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }') --help --version"
	elif [[ $cur == -* ]]; then
		words=$(qprov "${COMP_WORDS[1]}" --help </dev/null 2>/dev/null | grep -oE -- '--[a-z][a-z-]+' | sort -u)
	fi
	[ -z "$words" ] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _qprov qprov
