"""with_fake_gpu.py FAKE_DRIVER FOLDER COMMAND...: runs COMMAND where the CUDA driver is one whose kernels do nothing."""
import os, sys
driver, folder, *command = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
link = os.path.join(folder, "libcuda.so.1")
if not os.path.islink(link):
    os.symlink(driver, link)
os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([folder, os.environ.get("LD_LIBRARY_PATH", "")])
os.execvp(command[0], command)
