# SPDX-License-Identifier: GPL-2.0-or-later
# Completion of l2tpcli's command line in bash: what may come next is the daemon's to say.

_l2tpcli()
{
	local options=() words=() current="" joined="" word i
	# bash cuts words at "=", too: name=value is three of them
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ ${#words[@]} -gt 0 && ($word == "=" || $joined) ]]; then
			words[${#words[@]} - 1]+=$word
		else
			words+=("$word")
		fi
		joined=""
		[[ $word == "=" ]] && joined=yes
	done
	if [[ ${#words[@]} -gt 0 ]]; then
		current=${words[${#words[@]} - 1]}
		unset "words[${#words[@]} - 1]"
	fi
	while [[ ${words[0]-} == -* ]]; do
		case ${words[0]} in
		-s | -r) options+=("${words[@]:0:2}"); words=("${words[@]:2}") ;;
		*) words=("${words[@]:1}") ;;
		esac
	done
	COMPREPLY=()
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-s -r --json -q -V --help" -- "$current")
		return
	fi
	mapfile -t COMPREPLY < <(l2tpcli "${options[@]}" --complete "${words[@]}" "$current" 2>/dev/null)
	if [[ $current == *=* ]]; then
		COMPREPLY=("${COMPREPLY[@]#*=}")
	elif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}
complete -F _l2tpcli l2tpcli
