#!/usr/bin/env bash
# From a fresh Debian 12 machine to a kernel that ran: installs what is missing, builds, and does raggedc's main job on
# the inputs that the repository ships. Works from any folder, and again at any time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/lib/setup.sh
source tools/lib/setup.sh

usage() {
  cat <<'EOF'
usage: tools/quickstart.sh [--jobs N] [--no-install] [--preset NAME] [--no-build]
  --jobs N       compile with N processes (default: one for each core)
  --no-install   install nothing
  --preset NAME  the CMake preset to build with (default: release)
  --no-build     use what build/NAME holds already
EOF
}

preset=release
build=yes
while (($#)); do
  case $1 in
    --jobs) jobs=${2:?--jobs needs a number} && shift ;;
    --no-install) install=no ;;
    --preset) preset=${2:?--preset needs a name} && shift ;;
    --no-build) build=no ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 1 ;;
  esac
  shift
done

mkdir -p "$log_dir" build/quickstart
ensure_packages "${build_packages[@]}"
ensure_nvrtc
if [[ $build == yes ]]; then build_preset "$preset" raggedc; fi

PATH=$PWD/build/$preset/bin:$PATH
out=build/quickstart

show() { # prints a command as a person would type it, then runs it
  printf '\n$ %s\n' "$*"
  "$@"
}

# Attention of DeiT-B at 224 pixels: what was chosen and why, the CUDA C++, the cubin.
show raggedc explain examples/deit_base_224.mlir --arch sm_90a
show raggedc compile examples/deit_base_224.mlir --emit cuda --arch sm_90a -o $out/deit_base_224.cu
show raggedc compile examples/deit_base_224.mlir --emit cubin --arch sm_90a -o $out/deit_base_224.cubin
show wc -c $out/deit_base_224.cu $out/deit_base_224.cubin
# Without a GPU the emulator runs the kernels, and the error is still theirs.
on=auto
if ! raggedc run --spec f16,heads=1,dim=16,max_seqlen=16 --lengths 1 --on cuda >/dev/null 2>&1; then on=emulator; fi
# Eight images of which very different numbers of tokens are left, one of them none at all.
show raggedc run examples/deit_base_224.mlir --lengths 197,40,0,120,1,77,163,22 --on $on --check
# The first layer of a trained sentence encoder on 32 real sentences.
show raggedc run examples/minilm.mlir --inputs examples/data/minilm_layer0.safetensors --on $on --check

printf '\nThe programs are in build/%s/bin, the kernel that was printed in %s; examples/README.md has more to try.\n' "$preset" $out
