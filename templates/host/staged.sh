# shellcheck shell=sh
# What the control side reads of what is staged (templates/host/stage.sh). Changes nothing.

inspect_staged() {
  [ -f "$BASE/staged/SHA256SUMS" ] || { say end; return; }
  say "seal $(sha256sum <"$BASE/staged/SHA256SUMS" | cut -c 1-64)"
  say "plan $(head -c 4194304 "$BASE/staged/plan.json" 2>/dev/null | base64 | tr -d '\n')"
  for inspect_dir in "$BASE"/staged/packages/*/; do
    inspect_dir=${inspect_dir%/}
    [ -f "$inspect_dir/transaction" ] || continue
    while IFS='|' read -r inspect_name inspect_old inspect_new; do
      say "package ${inspect_dir##*/} new $inspect_name $inspect_new $(staged_sum "$inspect_dir/new" "$inspect_name" "$inspect_new")"
      [ -z "$inspect_old" ] || say "package ${inspect_dir##*/} old $inspect_name $inspect_old $(staged_sum "$inspect_dir/old" "$inspect_name" "$inspect_old")"
    done <"$inspect_dir/transaction"
  done
  say end
}
# As they were when they were staged; whether they still are is for the run.
staged_sum() { # DIRECTORY NAME VERSION
  sum_file=$(deb_in "$1" "$2" "$3") || { printf -- -; return; }
  sum_path=${sum_file#"$BASE/staged/"}
  while read -r sum_hash sum_name; do
    [ "${sum_name#./}" != "$sum_path" ] || printf '%s' "$sum_hash"
  done <"$BASE/staged/SHA256SUMS"
}
