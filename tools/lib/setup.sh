# shellcheck shell=bash
# What tools/quickstart.sh and tools/check.sh share: steps with a log each, the packages, NVRTC, configure and build.
# Sourced from the repository's root. Exit codes: 1 something failed, 2 the machine lacks what is needed.

export LC_ALL=C.UTF-8
log_dir=build/log
jobs=$(nproc)
install=yes

llvm=22
# Debian 12 carries LLVM 22 among its security updates.
build_packages=(cmake ninja-build ccache "clang-$llvm" "lld-$llvm" "llvm-$llvm-dev" "llvm-$llvm-tools"
                "libmlir-$llvm-dev" "mlir-$llvm-tools" libcli11-dev nlohmann-json3-dev libxxhash-dev libgtest-dev
                libboost-context-dev g++ python3)
test_packages=("clang-format-$llvm" pkg-config)
# Any NVRTC 13 works; this one makes two machines report the same registers.
nvrtc_wheel=nvidia-cuda-nvrtc==13.0.88

die() { # die CODE MESSAGE...
  printf '\n%s\n' "${@:2}" >&2
  exit "$1"
}

# On a terminal, keeps the line of a running step up to date: seconds so far, and how far ninja says it is.
tick() { # tick TITLE BEGIN
  while sleep 1 && kill -0 $$ 2>/dev/null; do
    printf '\r%-44s%5d s  %s\033[K' "$1" $((SECONDS - $2)) "$(tail -c 999 "$step_log" | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1)"
  done
}

# run_step TITLE COMMAND... runs the command with its output in a log, prints one line and leaves the result in
# step_status. It returns 0 always: called in an `if` or before `||`, bash would let a function of ours go on after a line
# that failed.
run_step() {
  local title=$1 begin=$SECONDS ticker=
  shift
  step_log=$log_dir/$(tr -cs 'a-zA-Z0-9\n' - <<<"$title").log
  printf '%-44s' "$title"
  : >"$step_log"
  if [[ -t 1 ]]; then
    tick "$title" "$begin" &
    ticker=$!
  fi
  set +e
  (
    set -e
    "$@"
  ) >"$step_log" 2>&1 </dev/null
  step_status=$?
  if [[ $ticker ]]; then
    kill "$ticker"
    wait "$ticker" 2>/dev/null
    printf '\r%-44s' "$title"
  fi
  set -e
  printf '%5d s' $((SECONDS - begin))
  if ((step_status)); then printf '   FAILED'; fi
  if [[ $ticker ]]; then printf '\033[K'; fi
  printf '\n'
}

# The end of the last step's log, for the person who has to find out why it failed.
show_log() {
  printf '\nThe last lines of %s:\n' "$step_log" >&2
  tail -n 30 "$step_log" | sed 's/^/  | /' >&2
}

step() { # step TITLE COMMAND... is a step that nothing can go on without
  run_step "$@"
  ((step_status == 0)) && return
  show_log
  die $((step_status == 2 ? 2 : 1)) "Failed: $1"
}

missing_packages() { # missing_packages NAME... prints those that are not installed
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status} ' "$name" 2>/dev/null) =~ (^| )installed ]] || echo "$name"
  done
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_install() {
  local name unknown=()
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  for name in "$@"; do
    [[ $(apt-cache policy "$name") =~ "Candidate: "[^\(] ]] || unknown+=("$name")
  done
  if ((${#unknown[@]})); then
    cat <<EOF
this machine's package sources do not have: ${unknown[*]}
On Debian 12, LLVM $llvm is in the security updates; /etc/apt/sources.list should have the line
  deb http://deb.debian.org/debian-security bookworm-security main
On another release, https://apt.llvm.org has LLVM $llvm and says how to add its source. Then run this script again.
EOF
    return 2
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"
}

# ensure_packages NAME... installs the packages that are missing, and asks for nothing when there are none.
ensure_packages() {
  local missing
  [[ $install == yes ]] || return 0
  command -v dpkg-query >/dev/null || die 2 \
    "This machine has no dpkg. Install the equivalents of these packages, then run again with --no-install:" "  $*"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) && ! command -v sudo >/dev/null; then
    die 2 "Not root, and no sudo. As root: apt-get install ${missing[*]}"
  fi
  # Here, where its question can be seen and answered; the step itself has no terminal.
  if ((EUID != 0)); then sudo -v || die 2 "sudo was refused. As root: apt-get install ${missing[*]}"; fi
  step "install packages: ${#missing[@]}" apt_install "${missing[@]}"
}

loader_knows_nvrtc() {
  [[ $({ ldconfig -p || /sbin/ldconfig -p; } 2>/dev/null) == *libnvrtc.so.13* ]]
}

# Prints the folder of an NVRTC 13 outside of the loader's own: of a CUDA toolkit, or of the wheel.
nvrtc_folder() {
  local folder
  for folder in ${CUDA_HOME:+"$CUDA_HOME/lib64"} ${CUDA_PATH:+"$CUDA_PATH/lib64"} /usr/local/cuda/lib64 \
    "$PWD"/.venv/lib/python3*/site-packages/nvidia/cu13/lib; do
    if [[ -e $folder/libnvrtc.so.13 ]]; then
      echo "$folder"
      return
    fi
  done
  return 1
}

install_nvrtc() {
  [[ -x .venv/bin/pip ]] || python3 -m venv --clear .venv
  .venv/bin/pip install --quiet --no-deps "$nvrtc_wheel"
}

# ensure_nvrtc installs NVRTC when there is none. Programs in build/PRESET find it by themselves; for others,
# nvrtc_library_path is what LD_LIBRARY_PATH needs.
ensure_nvrtc() {
  nvrtc_library_path=
  if loader_knows_nvrtc; then return; fi
  if ! nvrtc_library_path=$(nvrtc_folder); then
    [[ $install == yes ]] || die 2 "No NVRTC 13 found. Install the CUDA toolkit 13, or run without --no-install."
    ensure_packages python3-venv
    step "install NVRTC from PyPI" install_nvrtc
    nvrtc_library_path=$(nvrtc_folder) || die 2 "The wheel $nvrtc_wheel brought no libnvrtc.so.13 into .venv."
  fi
}

build_preset() { # build_preset PRESET [TARGET...]
  step "configure ($1)" cmake --preset "$1"
  step "build ($1)" cmake --build "build/$1" --parallel "$jobs" ${2:+--target "${@:2}"}
}
