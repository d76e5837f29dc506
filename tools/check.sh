#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test that needs no GPU. The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib/setup.sh
source tools/lib/setup.sh

usage() {
  cat <<'EOF'
usage: tools/check.sh [--jobs N] [--no-install]
  --jobs N       compile and test with N processes (default: one for each core)
  --no-install   install nothing
EOF
}

while (($#)); do
  case $1 in
    --jobs) jobs=${2:?--jobs needs a number} && shift ;;
    --no-install) install=no ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 1 ;;
  esac
  shift
done

passed=0
failed=0

check() { # a step that counts as one test
  run_step "$@"
  if ((step_status)); then
    failed=$((failed + 1))
    show_log
  else
    passed=$((passed + 1))
  fi
}

run_ctest() {
  if [[ $nvrtc_library_path ]]; then export LD_LIBRARY_PATH=$nvrtc_library_path${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}; fi
  rm -f "$PWD/$log_dir/ctest.xml"
  ctest --test-dir build/dev --parallel "$jobs" --output-junit "$PWD/$log_dir/ctest.xml" --output-on-failure \
    --test-output-size-passed 4000000 --test-output-size-failed 4000000 --no-tests=error
}

check_format() {
  local wrong
  wrong=$(git ls-files -z -- '*.cpp' '*.cc' '*.h' '*.cuh' | xargs -0 -r "clang-format-$llvm" --dry-run 2>&1 |
    sed -n 's/^\([^:]*\):[0-9].*/\1/p' | sort -u)
  [[ -n $wrong ]] || return 0
  printf 'not in the layout of .clang-format; mend with clang-format-%s -i:\n%s\n' "$llvm" "$wrong"
  return 1
}

check_shell() {
  local script
  for script in tools/*.sh tools/lib/*.sh .ci/run; do bash -n "$script"; done
  if command -v shellcheck >/dev/null; then shellcheck -x tools/*.sh .ci/run; fi
}

# Every raggedc command that the documentation shows, but for those on inputs that a reader would have to make first.
check_documented() {
  local command
  PATH=$PWD/build/dev/bin:$PATH
  # Not the caches of whoever runs this.
  local -x RAGGEDC_CACHE_DIR=$PWD/build/dev/documented-cache
  grep -ohE "(^|\`)raggedc (compile|run|explain|cache|bundle|doctor)\\b[^\`#]*" README.md examples/README.md docs/caches.md | tr -d "\`" |
    grep -vE 'FILE|--inputs deit_|/opt/' |
    while read -r command; do
      printf '$ %s\n' "$command"
      bash -c "$command" >/dev/null
    done
}

# Every example becomes a cubin, from the oldest GPUs to the newest; a kernel that spills does not.
check_examples() {
  local file arch said status=0
  for file in examples/*.mlir; do
    for arch in sm_80 sm_86 sm_90a sm_100a sm_120a; do
      said=$(build/dev/bin/raggedc compile "$file" --emit cubin --arch "$arch" --no-cache -o build/dev/example.cubin 2>&1) && continue
      printf '%s for %s:\n%s\n' "$file" "$arch" "$said"
      status=1
    done
  done
  return $status
}

mkdir -p "$log_dir"
ensure_packages "${build_packages[@]}" "${test_packages[@]}"
ensure_nvrtc
build_preset dev

# lit, GoogleTest and the NVRTC compile tests, each counted by what it says it ran.
run_step "test" run_ctest
if ((step_status)); then show_log; fi
counts="0 1 0"
if [[ -s $log_dir/ctest.xml ]]; then counts=$(python3 tools/lib/count_tests.py "$log_dir/ctest.xml"); fi
read -r passed failed skipped <<<"$counts"
if ((step_status && !failed)); then failed=1; fi

check "format" check_format
check "shell scripts" check_shell
check "examples" check_examples
check "commands in the documentation" check_documented
check "quick start" bash tools/quickstart.sh --preset dev --no-build --no-install

printf '\n%d passed, %d failed%s\n' "$passed" "$failed" "$( ((skipped == 0)) || echo ", $skipped skipped")"
((failed == 0))
