# Tests of everything with text in and text out: `ragged-opt` and `raggedc`, checked by FileCheck. Folders are named after
# what they test.
import os
import shutil
import subprocess
import sys

import lit.formats

config.name = "raggedc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.raggedc_build_dir, "test")

# Our tools first, then FileCheck, not and split-file.
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.raggedc_build_dir, "bin"), config.llvm_tools_dir, os.environ["PATH"]]
)
# Caches start empty and stay in the build; where NVRTC lies (LD_LIBRARY_PATH) lit passes on by itself.
config.environment["HOME"] = config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "home")
# LLVM's allocators poison what they have not given out; the half of them inside a shared LLVM cannot know of it.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0"
config.environment["FILECHECK_OPTS"] = "--enable-var-scope"

config.substitutions.append(("%examples", os.path.join(config.raggedc_source_dir, "examples")))
config.substitutions.append(("%python", f'"{sys.executable}"'))
exit_code = os.path.join(config.test_source_root, "tools", "Inputs", "exit_code.py")
config.substitutions.append(("%fake_cuda", os.path.join(config.raggedc_build_dir, "runtime", "libfake_cuda.so")))
# The compilers of the machine, or ours, which are always there.
config.substitutions.append(("%clang", config.c_compiler))
config.substitutions.append(("%cc", shutil.which("cc") or config.c_compiler))
config.substitutions.append(("%cxx", shutil.which("c++") or config.cxx_compiler))
config.substitutions.append(("%exit-code", f'"{sys.executable}" "{exit_code}"'))

# Where NVRTC lies is for the machine to say.
for name in ("RAGGEDC_NVRTC", "CUDA_HOME", "CUDA_PATH"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["RAGGEDC_VENV"] = os.environ.get("RAGGEDC_VENV", os.path.join(config.raggedc_source_dir, ".venv"))
raggedc = os.path.join(config.raggedc_build_dir, "bin", "raggedc")
if os.path.exists(raggedc):
    doctor = subprocess.run([raggedc, "doctor"], env=config.environment, capture_output=True)
    if doctor.returncode == 0:
        config.available_features.add("nvrtc")
